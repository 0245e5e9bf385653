package shell

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// family is a shell with all that it started. Not safe for concurrent use.
type family struct {
	leader       int    // the shell's process id, and its process session's
	mark         []byte // in the environment of all that did not clean it
	keepDetached bool
	since        uint64         // the shell's start: nothing older belongs to it
	known        map[int]uint64 // members found so far: process id → start
}

func newFamily(leader int, label string, keepDetached bool) *family {
	f := &family{
		leader:       leader,
		mark:         []byte(sessionVar + "=" + label),
		keepDetached: keepDetached,
		known:        make(map[int]uint64),
	}
	if p, ok := readProcess(leader); ok {
		f.since = p.start
	}
	return f
}

// hangUp tells all members that the terminal is gone, those that have left it
// that they should end. SIGCONT lets stopped ones hear it.
func (f *family) hangUp() {
	for _, p := range f.members() {
		sig := syscall.SIGHUP
		if p.session != f.leader {
			sig = syscall.SIGTERM
		}
		p.signal(sig)
		p.signal(syscall.SIGCONT)
	}
}

// count returns how many members are alive.
func (f *family) count() int { return len(f.members()) }

// kill kills the members and returns how many there were. One that just forked
// may have had a child that was not seen: kill until there are none.
func (f *family) kill() int {
	members := f.members()
	for _, p := range members {
		p.signal(syscall.SIGKILL)
	}
	return len(members)
}

// members returns the processes that belong to the shell, itself included: its
// process session, their descendants, and what carries the mark. A member
// stays one when its parent ends.
//
// A process id is not given out again while a process or a process session
// has it, so the leader's number means this shell for as long as it has
// members, even when it was reaped.
func (f *family) members() []process {
	all := processes()
	children := make(map[int][]process)
	var found []process
	for _, p := range all {
		children[p.parent] = append(children[p.parent], p)
		if f.has(p) {
			found = append(found, p)
		}
	}
	in := make(map[int]bool)
	for _, p := range found {
		in[p.pid] = true
	}
	for i := 0; i < len(found); i++ { // found grows on the way
		f.known[found[i].pid] = found[i].start
		if f.keepDetached {
			continue
		}
		for _, p := range children[found[i].pid] {
			if !in[p.pid] {
				in[p.pid] = true
				found = append(found, p)
			}
		}
	}
	return found
}

// has reports whether p is a member by itself, whoever its parent is.
func (f *family) has(p process) bool {
	if p.start < f.since {
		return false
	}
	if p.session == f.leader {
		return true
	}
	if f.keepDetached {
		return false
	}
	if start, ok := f.known[p.pid]; ok && start == p.start {
		return true
	}
	env, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/environ")
	if err != nil {
		return false // gone, or another user's: then it is not ours to end
	}
	for v := range bytes.SplitSeq(env, []byte{0}) {
		if bytes.Equal(v, f.mark) {
			return true
		}
	}
	return false
}
