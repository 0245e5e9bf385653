package websocket

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// lot watches the sockets of carriers that have had nothing to read for a
// while. A goroutine that waits costs several kilobytes, a place in the lot
// some hundred bytes: most of a server's connections are idle most of the time.
//
// One epoll instance has all the sockets, each for one event at a time. It is
// itself watched by Go's poller, so that nothing blocks a thread.
type lot struct {
	mu      sync.Mutex // guards below
	file    *os.File   // the epoll instance; nil before the first carrier. Never closed
	epoll   int        // its descriptor; not changed any more either
	broken  bool       // it cannot be had
	spaces  []space
	free    []int32 // indices of spaces that are empty
	running bool    // watch
}

// space is where one carrier stands. Its number tells an event that comes late
// from one for the carrier that has the space now.
type space struct {
	c      *carrier // nil: empty
	number int32
}

// place is a carrier's space, from its first parking to its end. Its reader has
// it.
type place struct {
	index  int32
	number int32
	taken  bool
}

var parking lot

var errNoParking = errors.New("nothing to park in")

// enter gives c a space, if it has none yet.
func (l *lot) enter(c *carrier) error {
	if c.place.taken {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.open(); err != nil {
		return err
	}
	c.place = l.take(c)
	if !l.running {
		l.running = true
		go l.watch()
	}
	return nil
}

// watchFor has c resumed once there is something to read, or the connection's
// end.
func (l *lot) watchFor(c *carrier) error {
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT,
		Fd: c.place.index, Pad: c.place.number}
	var failed error
	if err := c.src.socket.raw.Control(func(fd uintptr) {
		failed = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_MOD, int(fd), &ev)
		if failed == syscall.ENOENT { // it parks for the first time
			failed = syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, int(fd), &ev)
		}
	}); err != nil {
		return err
	}
	return failed
}

// leave frees c's space. Closing a socket takes it out of the epoll instance.
func (l *lot) leave(c *carrier) {
	if !c.place.taken {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.spaces[c.place.index]
	s.c = nil
	s.number++
	l.free = append(l.free, c.place.index)
	if len(l.free) == len(l.spaces) {
		l.file.SetReadDeadline(time.Now()) // watch goes home
	}
}

// open makes the epoll instance. The caller holds mu.
func (l *lot) open() error {
	if l.file != nil {
		return nil
	}
	if l.broken {
		return errNoParking
	}
	l.broken = true
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	// Only what does not block is watched by Go's poller.
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return err
	}
	file := os.NewFile(uintptr(fd), "epoll")
	if err := file.SetReadDeadline(time.Time{}); err != nil { // it is not watched
		file.Close()
		return err
	}
	l.file, l.epoll, l.broken = file, fd, false
	return nil
}

// take finds an empty space for c. The caller holds mu.
func (l *lot) take(c *carrier) place {
	n := len(l.free)
	if n == 0 {
		l.spaces = append(l.spaces, space{c: c})
		return place{index: int32(len(l.spaces) - 1), taken: true}
	}
	i := l.free[n-1]
	l.free = l.free[:n-1]
	l.spaces[i].c = c
	return place{index: i, number: l.spaces[i].number, taken: true}
}

// watch resumes carriers until none is left.
func (l *lot) watch() {
	var events [128]syscall.EpollEvent
	var resumed []*carrier
	raw, _ := l.file.SyscallConn() // fails for a nil file only
	for {
		n := 0
		err := raw.Read(func(epoll uintptr) (done bool) {
			for err := error(syscall.EINTR); err == syscall.EINTR; {
				n, err = syscall.EpollWait(int(epoll), events[:], 0)
			}
			return n > 0
		})
		l.mu.Lock()
		if err != nil { // the deadline that leave has set; there is no other error
			l.file.SetReadDeadline(time.Time{})
			if len(l.free) == len(l.spaces) {
				l.running = false
				l.mu.Unlock()
				return
			}
		}
		for _, ev := range events[:max(n, 0)] {
			if s := l.spaces[ev.Fd]; s.c != nil && s.number == ev.Pad {
				resumed = append(resumed, s.c)
			}
		}
		l.mu.Unlock()
		for _, c := range resumed {
			c.resume()
		}
		clear(resumed)
		resumed = resumed[:0]
	}
}
