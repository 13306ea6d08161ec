'use strict';
// Node.js: one thread, callbacks of net; requests are computed at once.

const net = require('net');
const {Dialogue, answer, hangUp, isCostly, listen} = require('./protocol.js');

function serve(socket) {
  const dialogue = new Dialogue();

  // While answers wait for the client to read, none of its requests are read.
  function send(text) {
    if (text !== '' && !socket.write(text, 'latin1'))
      socket.pause();
  }

  function respond(requests) {
    let ready = '';
    for (const n of requests) {
      if (isCostly(n)) {  // what is ready goes out first
        send(ready);
        ready = '';
      }
      ready += answer(n);
    }
    send(ready);
  }

  socket.on('drain', () => socket.resume());
  socket.on('error', () => socket.destroy());  // the client has gone
  socket.on('data', (data) => {
    respond(dialogue.requests(data));
    if (dialogue.refused)
      hangUp(socket);
  });
  socket.on('end', () => {
    if (!dialogue.refused)
      respond(dialogue.requests(null));
    socket.end();
  });
}

listen(net.createServer({allowHalfOpen: true, noDelay: true}, serve));
