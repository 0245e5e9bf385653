package cli_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/everwire/everwire/cli"
)

// TestMain lets the test binary play a server whose drain never ends.
func TestMain(m *testing.M) {
	if os.Getenv("EVERWIRE_TEST_ENDLESS_DRAIN") != "" {
		ctx, stop := cli.UntilSignal(context.Background())
		defer stop()
		fmt.Println("serving")
		<-ctx.Done()
		fmt.Println("draining")
		select {}
	}
	os.Exit(m.Run())
}

func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			// What the tests ignore, as a job in the background does SIGINT, their
			// child would ignore too. What they catch it does not inherit.
			caught := make(chan os.Signal, 1)
			signal.Notify(caught, sig)
			defer signal.Stop(caught)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, os.Args[0])
			cmd.Env = append(os.Environ(), "EVERWIRE_TEST_ENDLESS_DRAIN=1")
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(stdout)
			for _, want := range []string{"serving", "draining"} {
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("got %q, want %q", lines.Text(), want)
				}
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			var exit *exec.ExitError
			err = cmd.Wait()
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != sig {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

func TestServeEndsWithItsContextAndWithASignal(t *testing.T) {
	tests := map[string]func(cancel func()){
		"context": func(cancel func()) { cancel() },
		"SIGTERM": func(func()) { _ = syscall.Kill(os.Getpid(), syscall.SIGTERM) },
		"SIGINT":  func(func()) { _ = syscall.Kill(os.Getpid(), syscall.SIGINT) },
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stdout, w := io.Pipe()
			code := make(chan int, 1)
			go func() {
				code <- cli.Main(ctx, []string{"--listen=127.0.0.1:0", "--log-level=error"}, w, io.Discard)
				w.Close()
			}()
			if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
				t.Fatal("nothing was printed:", err)
			}
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			end(cancel)
			if got := <-code; got != 0 {
				t.Errorf("exit code %d", got)
			}
		})
	}
}
