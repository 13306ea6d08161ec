'use strict';
// Node.js: callbacks of net, which await the answers; costly requests are computed by worker threads,
// the others at once.

const net = require('net');
const os = require('os');
const {Worker, isMainThread, parentPort} = require('worker_threads');
const {Dialogue, answer, fib, hangUp, isCostly, listen} = require('./protocol.js');

// As many threads as there are CPUs, at least two; a request waits until one is idle.
class Pool {
  constructor() {
    this.idle = [];
    this.waiting = [];
    for (let i = Math.max(os.cpus().length, 2); i > 0; i--)
      this.idle.push(new Worker(__filename));
  }

  compute(n) {
    return new Promise((resolve) => {
      this.waiting.push({n, resolve});
      this.assign();
    });
  }

  assign() {
    if (this.idle.length === 0 || this.waiting.length === 0)
      return;
    const worker = this.idle.pop();
    const {n, resolve} = this.waiting.shift();
    worker.once('message', (value) => {
      this.idle.push(worker);
      this.assign();
      resolve(`${value}\n`);
    });
    worker.postMessage(n);
  }
}

// Resolves when the client reads again, or has gone.
function drained(socket) {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', resolve);
  });
}

async function send(socket, text) {
  if (text !== '' && !socket.destroyed && !socket.write(text, 'latin1'))
    await drained(socket);
}

async function respond(pool, socket, requests) {
  let ready = '';
  for (const n of requests) {
    if (isCostly(n)) {  // what is ready goes out first
      await send(socket, ready);
      ready = await pool.compute(n);
    } else {
      ready += answer(n);
    }
  }
  await send(socket, ready);
}

function serve(pool, socket) {
  const dialogue = new Dialogue();

  // No input is taken while answers are due, so that they keep their order.
  socket.on('data', async (data) => {
    socket.pause();
    await respond(pool, socket, dialogue.requests(data));
    if (dialogue.refused)
      hangUp(socket);
    else
      socket.resume();
  });
  socket.on('end', async () => {
    if (!dialogue.refused)
      await respond(pool, socket, dialogue.requests(null));
    socket.end();
  });
  socket.on('error', () => socket.destroy());  // the client has gone
}

if (isMainThread) {
  const pool = new Pool();
  listen(net.createServer({allowHalfOpen: true, noDelay: true}, (socket) => serve(pool, socket)));
} else {
  parentPort.on('message', (n) => parentPort.postMessage(fib(n)));
}
