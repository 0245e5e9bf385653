package rfbtest_test

import (
	"testing"

	"github.com/everwire/everwire/protocol/rfb"
	"github.com/everwire/everwire/rfb/rfbtest"
)

// TestScriptIsTrue makes each picture from the one before it, by the copies
// and the damage that its step names.
func TestScriptIsTrue(t *testing.T) {
	now, _ := rfb.NewFramebuffer(rfbtest.ScriptWidth, rfbtest.ScriptHeight)
	copies := 0
	for i, step := range rfbtest.Script() {
		for _, c := range step.Copies {
			now.Copy(c.Rect, c.X, c.Y)
			copies++
		}
		for _, r := range step.Damage {
			for y := r.Y; y < r.Y+r.Height; y++ {
				copy(now.Row(r.X, y, r.Width), step.Picture.Row(r.X, y, r.Width))
			}
		}
		if at, differ := rfbtest.Differ(now, step.Picture); differ {
			t.Errorf("step %d, %s: differs at %v", i, step.About, at)
		}
	}
	if copies == 0 {
		t.Error("there are no copies")
	}
}

// TestScriptIsSame makes it twice.
func TestScriptIsSame(t *testing.T) {
	again := rfbtest.Script()
	for i, step := range rfbtest.Script() {
		if at, differ := rfbtest.Differ(step.Picture, again[i].Picture); differ {
			t.Errorf("step %d differs at %v", i, at)
		}
	}
}

// TestAttackNames finds each attack by its name.
func TestAttackNames(t *testing.T) {
	seen := map[string]bool{}
	for _, a := range rfbtest.Attacks() {
		if a.Name == "" || a.About == "" || seen[a.Name] {
			t.Errorf("attack %q: %q", a.Name, a.About)
		}
		seen[a.Name] = true
	}
	if len(seen) < 80 {
		t.Errorf("%d attacks", len(seen))
	}
}
