package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// join enters a room of the chat page.
func (b *tab) join(p *program, name, room string) {
	b.t.Helper()
	b.logIn(p)
	b.open(p.origin + "/chat?room=" + room)
	b.wait("document.querySelector('#status').dataset.state === 'connected'")
	b.click("#join-name")
	b.keys(name + "\r")
	b.wait("!document.querySelector('#room').hidden")
}

// waitSaid waits until the last line is that.
func (b *tab) waitSaid(line string) {
	b.t.Helper()
	b.wait(fmt.Sprintf("document.querySelector('#lines li:last-child .what')?.textContent === %s", js(line)))
}

func TestTwoChatPages(t *testing.T) {
	p := everwire(t)
	ada, bob := newTab(t), newTab(t)
	bob.withoutWebSocket() // what carries a page is no matter to others
	ada.join(p, "Ada", "two")
	ada.keys("before Bob came\r") // the focus is in the field
	ada.waitSaid("Ada before Bob came")

	bob.join(p, "Bob", "two")
	bob.wait("document.querySelector('#lines').textContent.includes('Ada before Bob came')")
	ada.wait("document.querySelector('#people').textContent.includes('Bob')")
	if got := strings.Fields(bob.text("#people")); strings.Join(got, " ") != "Ada Bob" {
		t.Errorf("Bob sees %q", got)
	}

	hostile := `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
	bob.keys(hostile + "\r")
	for _, b := range []*tab{ada, bob} {
		b.waitSaid("Bob " + hostile)
		if n := eval[int](b, "document.querySelectorAll('#lines img, #lines script').length"); n > 0 {
			t.Errorf("%d elements came out of a text", n)
		}
		if title := eval[string](b, "document.title"); strings.Contains(title, "owned") {
			t.Error("a text ran as a script")
		}
	}
	bob.click("#leave-button")
	ada.waitSaid("Bob left")
	ada.wait("!document.querySelector('#people').textContent.includes('Bob')")
}

func TestChatNames(t *testing.T) {
	p := everwire(t)
	ada, other := newTab(t), newTab(t)
	ada.join(p, "Ada", "names")
	other.logIn(p)
	other.open(p.origin + "/chat?room=names")
	other.wait("document.querySelector('#status').dataset.state === 'connected'")
	other.click("#join-name")
	other.keys("ada\r")
	other.wait("!document.querySelector('#join-error').hidden")
	if got := other.text("#join-error"); !strings.Contains(got, "another name") {
		t.Errorf("a name that is taken: %q", got)
	}
}
