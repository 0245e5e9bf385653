package websocket

import (
	"syscall"
	"unsafe"
)

// Reading and writing a socket that does not block takes the kernel a few
// microseconds. Package syscall tells the scheduler of every call, in case that
// it blocks; without that a message costs a twentieth less.

// readNow reads into p, which is not empty.
func readNow(fd uintptr, p []byte) (int, error) {
	n, _, e := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, e)
}

// writeNow writes p, which is not empty.
func writeNow(fd uintptr, p []byte) (int, error) {
	n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
	return result(n, e)
}

func result(n uintptr, e syscall.Errno) (int, error) {
	switch e {
	case 0:
		return int(n), nil
	case syscall.EAGAIN:
		return 0, errAgain
	}
	return 0, e
}

// errAgain is syscall.EAGAIN as an error; to make one allocates.
var errAgain error = syscall.EAGAIN
