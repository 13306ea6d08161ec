// A goroutine per connection, with calls that block the goroutine alone: Go's own scheduler polls
// the sockets, and lets a long computation yield now and then.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"time"
)

const (
	largestN     = 50
	longestLine  = 128
	receiveBytes = 16384
	// From here on a request takes longer than sending what is ready: about a tenth of a millisecond.
	costlyN = 23
)

func fib(n uint64) uint64 {
	if n < 2 {
		return n
	}
	return fib(n-1) + fib(n-2)
}

// parse returns n, or the answer that refuses the line, which comes without its line feed.
func parse(line []byte) (uint64, string) {
	if len(line) > longestLine {
		return 0, "ERR line too long\n"
	}
	digits := bytes.Trim(bytes.TrimSuffix(line, []byte{'\r'}), " \t")
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return 0, "ERR not a number\n"
		}
	}
	if len(digits) == 0 {
		return 0, "ERR not a number\n"
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil || n > largestN {
		return 0, fmt.Sprintf("ERR n is at most %d\n", largestN)
	}
	return n, ""
}

// A dialogue is one connection: what it received and did not answer yet, and what it has not sent.
type dialogue struct {
	client   net.Conn
	received []byte
	ready    []byte
	refused  bool // a line was too long; nothing more is to be read
}

func (d *dialogue) flush() error {
	if len(d.ready) == 0 {
		return nil
	}
	_, err := d.client.Write(d.ready)
	d.ready = d.ready[:0]
	return err
}

func (d *dialogue) answer(line []byte) error {
	n, refusal := parse(line)
	if refusal != "" {
		d.refused = len(line) > longestLine
		d.ready = append(d.ready, refusal...)
		return nil
	}
	if n >= costlyN { // what is ready goes out first
		if err := d.flush(); err != nil {
			return err
		}
	}
	d.ready = append(strconv.AppendUint(d.ready, fib(n), 10), '\n')
	return nil
}

// answerLines answers the complete lines, and an unfinished one that is too long already.
func (d *dialogue) answerLines() error {
	for !d.refused {
		end := bytes.IndexByte(d.received, '\n')
		if end < 0 {
			break
		}
		if err := d.answer(d.received[:end]); err != nil {
			return err
		}
		d.received = d.received[end+1:]
	}
	if !d.refused && len(d.received) > longestLine {
		return d.answer(d.received)
	}
	return nil
}

func serve(client net.Conn) {
	defer client.Close()
	d := dialogue{client: client}
	buffer := make([]byte, receiveBytes+longestLine)
	for !d.refused {
		kept := copy(buffer, d.received)
		count, end := client.Read(buffer[kept:])
		d.received = buffer[:kept+count]
		err := d.answerLines()
		if err == nil && end != nil && len(d.received) > 0 && !d.refused {
			err = d.answer(d.received)
		}
		if d.flush() != nil || err != nil || end != nil {
			return
		}
	}
	discard(client)
}

// discard lets a client whose line was too long read its answer: a close that leaves input unread
// would reset the connection.
func discard(client net.Conn) {
	client.(*net.TCPConn).CloseWrite()
	client.SetReadDeadline(time.Now().Add(time.Second))
	for buffer := make([]byte, receiveBytes); ; {
		if _, err := client.Read(buffer); err != nil {
			return
		}
	}
}

func main() {
	host := flag.String("host", "127.0.0.1", "where to listen")
	port := flag.Int("port", 25000, "0 takes a free one")
	version := flag.Bool("version", false, "print the version of Go and exit")
	flag.Parse()
	if *version {
		fmt.Println("Go " + runtime.Version()[len("go"):])
		return
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(*host, strconv.Itoa(*port)))
	if err != nil {
		fmt.Fprintln(os.Stderr, "goroutines: cannot listen:", err)
		os.Exit(1)
	}
	fmt.Println("goroutines: listening on", listener.Addr())
	for {
		client, err := listener.Accept()
		if err != nil { // out of descriptors, say
			time.Sleep(10 * time.Millisecond)
			continue
		}
		go serve(client)
	}
}
