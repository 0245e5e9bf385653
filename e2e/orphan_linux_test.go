package e2e_test

import (
	"os/exec"
	"syscall"
)

// endWithParent sees to it that a program does not outlive tests that are
// killed or time out.
func endWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
