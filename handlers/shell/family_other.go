//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package shell

import "syscall"

// family is the shell's process group: without /proc there is no telling what
// else belongs to it. The kernel itself hangs up the foreground group when
// the terminal's master is closed.
type family struct{ leader int }

func newFamily(leader int, _ string, _ bool) *family { return &family{leader} }

func (f *family) hangUp() {
	_ = syscall.Kill(-f.leader, syscall.SIGHUP)
	_ = syscall.Kill(-f.leader, syscall.SIGCONT)
}

func (f *family) count() int { return f.send(0) }

func (f *family) kill() int { return f.send(syscall.SIGKILL) }

// send returns 1 if the group exists, else 0.
func (f *family) send(sig syscall.Signal) int {
	if syscall.Kill(-f.leader, sig) != nil {
		return 0
	}
	return 1
}
