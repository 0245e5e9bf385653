package shell

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// process is what /proc/PID/stat says of a process; see proc_pid_stat(5).
type process struct {
	pid     int
	parent  int
	session int
	start   uint64 // clock ticks after the system's start
}

// processes returns all processes that are alive. Zombies are not: they only
// wait for their parent to look at them.
func processes() []process {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	var list []process
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			list = append(list, p)
		}
	}
	return list
}

// readProcess reports false if the process is not alive.
func readProcess(pid int) (process, bool) {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return process{}, false
	}
	return parseStat(pid, b)
}

// parseStat parses the line
//
//	pid (name) state ppid pgrp session tty_nr ... starttime(22) ...
//
// The name can hold anything, blanks and parentheses too.
func parseStat(pid int, b []byte) (process, bool) {
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	const third = 3 // the number of f[0] in the manual
	if len(f) <= 22-third {
		return process{}, false
	}
	if state := f[0][0]; state == 'Z' || state == 'X' {
		return process{}, false
	}
	p := process{pid: pid}
	var errs [3]error
	p.parent, errs[0] = strconv.Atoi(string(f[4-third]))
	p.session, errs[1] = strconv.Atoi(string(f[6-third]))
	p.start, errs[2] = strconv.ParseUint(string(f[22-third]), 10, 64)
	return p, errs == [3]error{}
}

// signal sends sig to p and to no other process: the handle that FindProcess
// returns is a pidfd, which pins the process, so the start that is read then
// is that of the process which gets the signal.
func (p process) signal(sig syscall.Signal) {
	h, err := os.FindProcess(p.pid)
	if err != nil {
		return
	}
	defer h.Release()
	if now, ok := readProcess(p.pid); ok && now.start == p.start {
		_ = h.Signal(sig) // a failure means that it is gone or another user's
	}
}
