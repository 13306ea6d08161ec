'use strict';
// What the servers in Node.js share: the line protocol, and how a server begins.

const path = require('path');

const LARGEST_N = 50;
const LONGEST_LINE = 128;
const BACKLOG = 4096;

// From here on a request takes a millisecond or so: longer than to send what is ready, or to ask
// another thread.
const COSTLY_N = 25;

function fib(n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

// n, or the answer that refuses the line. The line comes without its line feed.
function request(line) {
  if (line.length > LONGEST_LINE)
    return 'ERR line too long\n';
  const match = /^[ \t]*([0-9]+)[ \t]*\r?$/.exec(line);
  if (match === null)
    return 'ERR not a number\n';
  const n = Number(match[1]);
  return n <= LARGEST_N ? n : `ERR n is at most ${LARGEST_N}\n`;
}

function isCostly(n) {
  return typeof n === 'number' && n >= COSTLY_N;
}

function answer(n) {
  return typeof n === 'number' ? `${fib(n)}\n` : n;
}

// One connection's input, cut into lines.
class Dialogue {
  constructor() {
    this.rest = '';
    this.refused = false;  // because a line was too long; nothing more is to be read
  }

  // The requests that these bytes complete, each n or the answer that refuses it; null is the end
  // of the input, where a last line needs no line feed.
  requests(data) {
    if (data === null)
      return this.rest === '' ? [] : [request(this.rest)];
    const whole = this.rest + data.toString('latin1');
    let lines = whole.split('\n');
    this.rest = lines.pop();
    if (whole.length > LONGEST_LINE) {
      const long = [...lines, this.rest].findIndex((line) => line.length > LONGEST_LINE);
      if (long >= 0) {
        this.refused = true;
        lines = [...lines, this.rest].slice(0, long + 1);
      }
    }
    return lines.map(request);
  }
}

// Lets a client whose line was too long read its answer: a close that leaves input unread would
// reset the connection.
function hangUp(socket) {
  socket.removeAllListeners('data');
  socket.end();
  socket.resume();
  setTimeout(() => socket.destroy(), 1000).unref();
}

// Reads the command line and lets the server listen.
function listen(server) {
  const name = path.basename(process.argv[1], '.js');
  const options = {host: '127.0.0.1', port: '25000'};
  for (let i = 2; i < process.argv.length; i += 2) {
    const option = process.argv[i].replace(/^--/, '');
    if (!(option in options) || process.argv[i + 1] === undefined) {
      console.error(`usage: node ${name}.js [--host ADDRESS] [--port N]`);
      process.exit(2);
    }
    options[option] = process.argv[i + 1];
  }
  const {host, port} = options;
  server.on('error', (error) => {
    console.error(`${name}: cannot listen on ${host}:${port}: ${error.message}`);
    process.exit(1);
  });
  server.listen({host, port: Number(port), backlog: BACKLOG}, () => {
    console.log(`${name}: listening on ${host}:${server.address().port}`);
  });
}

module.exports = {Dialogue, answer, fib, hangUp, isCostly, listen};
