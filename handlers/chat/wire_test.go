package chat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/everwire/everwire/handlers/chat"
)

func expect(t *testing.T, who string, c *client, want ...string) {
	t.Helper()
	if got := c.take(); !slices.Equal(got, want) {
		t.Errorf("%s got\n\t%q\nwant\n\t%q", who, got, want)
	}
}

func TestTwoPeopleTalk(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann, bob := h.connect(t), h.connect(t)
		a := ann.mustJoin(" ann ", "lobby")
		if a.Name != "ann" || a.Room != "lobby" || len(a.Lines) != 1 || !slices.Equal(a.People, []string{"ann"}) {
			t.Errorf("ann's ack is %+v", a)
		}
		expect(t, "ann", ann)

		a = bob.mustJoin("bob", "lobby")
		if !slices.Equal(a.People, []string{"ann", "bob"}) || len(a.Lines) != 2 || a.Lines[1].String() != "#2 join bob: " {
			t.Errorf("bob's ack is %+v", a)
		}
		expect(t, "ann", ann, "lobby#2 join bob: ", "lobby: ann bob")

		for _, text := range []string{"hello", "¡olá! 👩‍💻 <b>\"\\", "two\nlines"} {
			if a := bob.say(text); !a.OK {
				t.Fatalf("say %q: %s", text, a.Error)
			}
		}
		lines := []string{"lobby#3 say bob: hello", "lobby#4 say bob: ¡olá! 👩‍💻 <b>\"\\", "lobby#5 say bob: two\nlines"}
		expect(t, "ann", ann, lines...)
		expect(t, "bob", bob, lines...)

		if a := bob.call("leave", "{}"); !a.OK {
			t.Errorf("leave: %+v", a)
		}
		expect(t, "ann", ann, "lobby#6 leave bob: ", "lobby: ann")
		expect(t, "bob", bob)
		if a := bob.say("still here?"); a.OK || a.Error == "" {
			t.Errorf("saying something outside: %+v", a)
		}
	})
}

func TestRoomsAreApart(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann, bob := h.connect(t), h.connect(t)
		ann.mustJoin("ann", "one")
		bob.mustJoin("bob", "two")
		ann.say("to one")
		expect(t, "bob", bob)
		// Moving leaves the first room.
		bob.mustJoin("bob", "one")
		ann.take()
		ann.mustJoin("ann", "two")
		expect(t, "bob", bob, "one#4 leave ann: ", "one: bob")
		if got := last(h.Lines("two")); got.Kind != chat.Join || got.Name != "ann" || got.Seq != 3 {
			t.Errorf("the last line of two is %+v", got)
		}
		// A refused join changes nothing.
		if a := ann.join("bob", "one"); a.OK {
			t.Fatal("a taken name was given")
		}
		ann.say("to two")
		expect(t, "ann", ann, "two#4 say ann: to two")
		expect(t, "bob", bob)
	})
}

// A socket's id is the name of a room of its own.
func TestARoomNamedLikeASocketReachesNobodyElse(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann, eve := h.connect(t), h.connect(t)
		ann.mustJoin("ann", "one")
		for s := range h.srv.Of("/chat").Sockets() {
			eve.mustJoin("eve", s.ID())
			eve.say("psst")
		}
		expect(t, "ann", ann)
	})
}

func TestJoiningAgainRenames(t *testing.T) {
	inHouse(t, chat.Config{MaxPeople: 2, MaxRooms: 1}, func(t *testing.T, h *house) {
		ann, bob := h.connect(t), h.connect(t)
		ann.mustJoin("ann", "lobby")
		bob.mustJoin("bob", "lobby")
		ann.take()
		if a := bob.mustJoin("BOB", "lobby"); !slices.Equal(a.People, []string{"ann", "BOB"}) {
			t.Errorf("people are %q", a.People)
		}
		expect(t, "ann", ann, "lobby#3 leave bob: ", "lobby: ann", "lobby#4 join BOB: ", "lobby: ann BOB")
		bob.take()
		ann.say("hi")
		expect(t, "bob", bob, "lobby#5 say ann: hi")
	})
}

func TestANameIsTakenOnce(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann, eve := h.connect(t), h.connect(t)
		ann.mustJoin("Ann", "lobby")
		for _, name := range []string{"Ann", " Ann ", "ann", "A\u200dnn"} {
			if a := eve.join(name, "lobby"); a.OK || !strings.Contains(a.Error, strings.TrimSpace(name)) {
				t.Errorf("%q: %+v", name, a)
			}
		}
		eve.mustJoin("Ann", "elsewhere")
		ann.call("leave", "{}")
		eve.mustJoin("ann", "lobby")
	})
}

func TestTheKeyTakesTheNameOver(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		lost, back, eve := h.connect(t), h.connect(t), h.connect(t)
		lost.call("join", `{"name":"Ann","room":"lobby","key":"k1"}`)
		for _, join := range []string{`{"name":"Ann","room":"lobby","key":"k2"}`, `{"name":"Ann","room":"lobby","key":""}`} {
			if a := eve.call("join", join); a.OK {
				t.Errorf("%s took the name", join)
			}
		}
		a := back.call("join", `{"name":"Ann","room":"lobby","key":"k1"}`)
		if !a.OK || !slices.Equal(a.People, []string{"Ann"}) {
			t.Errorf("the same person is refused: %+v", a)
		}
		if a := lost.say("I am a ghost"); a.OK {
			t.Error("the old connection is still in the room")
		}
		if a := eve.call("join", `{"name":"Eve","room":"lobby","key":"`+strings.Repeat("k", 65)+`"}`); a.OK {
			t.Error("a long key is taken")
		}
	})
}

func TestDisconnectedSocketsLeave(t *testing.T) {
	for _, how := range []string{"connection lost", "namespace left"} {
		t.Run(how, func(t *testing.T) {
			inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
				ann, bob := h.connect(t), h.connect(t)
				ann.mustJoin("ann", "lobby")
				bob.mustJoin("bob", "lobby")
				ann.take()
				if how == "connection lost" {
					bob.vanish()
				} else {
					bob.deliver("1/chat,")
				}
				expect(t, "ann", ann, "lobby#3 leave bob: ", "lobby: ann")
				h.connect(t).mustJoin("bob", "lobby")
			})
		})
	}
}

func TestHistoryHasTheLastLines(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann := h.connect(t)
		ann.mustJoin("ann", "lobby")
		start := time.Now().UnixMilli()
		for i := range 60 {
			ann.say(fmt.Sprint("line ", i))
			time.Sleep(time.Second)
		}
		lines := h.connect(t).mustJoin("bob", "lobby").Lines
		if len(lines) != 50 {
			t.Fatalf("%d lines", len(lines))
		}
		// Lines 2 to 61 are ann's, line 62 tells that bob has joined.
		for i, l := range lines[:49] {
			seq := 13 + i
			if want := fmt.Sprintf("#%d say ann: line %d", seq, seq-2); l.String() != want || l.At != start+int64(seq-2)*1000 {
				t.Errorf("got %s at %d, want %s", l, l.At-start, want)
			}
		}
		if got := lines[49].String(); got != "#62 join bob: " {
			t.Errorf("last is %q", got)
		}
	})
}

func TestNoHistory(t *testing.T) {
	inHouse(t, chat.Config{History: -1}, func(t *testing.T, h *house) {
		ann := h.connect(t)
		ann.mustJoin("ann", "lobby")
		ann.say("before")
		if lines := h.connect(t).mustJoin("bob", "lobby").Lines; lines == nil || len(lines) != 0 {
			t.Errorf("bob is shown %v, want an empty list", lines)
		}
		ann.take()
		ann.say("after")
		expect(t, "ann", ann, "lobby#4 say ann: after")
	})
}

func TestBadInputIsAnsweredInWords(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann := h.connect(t)
		for _, tt := range []struct{ event, arg string }{
			{"join", `null`}, {"join", `"ann"`}, {"join", `[]`}, {"join", `{}`}, {"join", `{"name":1,"room":"r"}`},
			{"join", `{"name":"ann"}`}, {"join", `{"room":"r"}`}, {"join", `{"name":" \t ","room":"r"}`},
			{"join", `{"name":"a\u0000n","room":"r"}`}, {"join", `{"name":"a\u001b[2J","room":"r"}`},
			{"join", `{"name":"a\u202en","room":"r"}`}, {"join", `{"name":"\u200d","room":"r"}`},
			{"join", `{"name":"ann","room":"a\nb"}`}, {"join", `{"name":"ann","room":"` + strings.Repeat("x", 41) + `"}`},
			{"join", `{"name":"` + strings.Repeat("ñ", 41) + `","room":"r"}`},
		} {
			if a := ann.call(tt.event, tt.arg); a.OK || !sentence(a.Error) {
				t.Errorf("%s %s: %+v", tt.event, tt.arg, a)
			}
		}
		ann.mustJoin(strings.Repeat("ñ", 40), strings.Repeat("👩", 40))
		for _, arg := range []string{`null`, `"hi"`, `{}`, `{"text":3}`, `{"text":""}`, `{"text":" \n "}`, `{"text":"a\u0007"}`,
			`{"text":"` + strings.Repeat("ñ", 2001) + `"}`} {
			if a := ann.call("say", arg); a.OK || !sentence(a.Error) {
				t.Errorf("say %s: %+v", arg, a)
			}
		}
		expect(t, "ann", ann)
		ann.deliver(`2/chat,["say"]`) // no argument, no ack
		ann.deliver(`2/chat,["join"]`)
		expect(t, "ann", ann)
		if a := ann.say(strings.Repeat("ñ", 2000)); !a.OK {
			t.Error(a.Error)
		}
	})
}

func sentence(s string) bool { return len(s) > 10 && strings.HasSuffix(s, ".") }

func TestFullRoomsRefuse(t *testing.T) {
	inHouse(t, chat.Config{MaxPeople: 2}, func(t *testing.T, h *house) {
		for i := range 2 {
			h.connect(t).mustJoin(fmt.Sprint("p", i), "lobby")
		}
		if a := h.connect(t).join("p2", "lobby"); a.OK || !sentence(a.Error) {
			t.Errorf("%+v", a)
		}
	})
}

func TestTheRoomThatIsIdleLongestMakesSpace(t *testing.T) {
	inHouse(t, chat.Config{MaxRooms: 3}, func(t *testing.T, h *house) {
		ann, bob := h.connect(t), h.connect(t)
		ann.mustJoin("ann", "one")
		ann.mustJoin("ann", "two") // one is empty
		bob.mustJoin("bob", "three")
		ann.mustJoin("ann", "three") // two is empty, later than one
		if err := h.Post("one", "cat", "not silent any more"); err != nil {
			t.Fatal(err)
		}
		ann.mustJoin("ann", "four") // instead of two
		if len(h.Lines("two")) != 0 || len(h.Lines("one")) != 3 {
			t.Errorf("two has %d lines, one %d", len(h.Lines("two")), len(h.Lines("one")))
		}
		cat := h.connect(t)
		cat.mustJoin("cat", "one")
		if a := h.connect(t).join("dan", "five"); a.OK || !sentence(a.Error) {
			t.Errorf("a fourth room: %+v", a)
		}
		dan := h.connect(t)
		dan.mustJoin("dan", "one")
		if a := dan.join("dan", "five"); a.OK || !sentence(a.Error) {
			t.Errorf("moving out of a room that stays: %+v", a)
		}
		dan.call("leave", "{}")
		// Who is alone makes space by moving.
		if a := cat.mustJoin("cat", "five"); a.Lines[0].Seq != 1 {
			t.Errorf("the new room begins with %s", a.Lines[0])
		}
		if len(h.Lines("one")) != 0 {
			t.Error("four rooms are known")
		}
	})
}

// Joins, lines and moves at the same time: what a joiner gets is the history
// in the ack and behind it exactly the lines that follow.
func TestJoinersSeeNoGapAndNoDouble(t *testing.T) {
	const talkers, joiners, each, rejoins = 4, 6, 150, 25
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		var all []*client
		for range talkers + joiners {
			all = append(all, h.connect(t))
		}
		synctest.Wait()
		done := make(chan struct{})
		for i, c := range all {
			go func() {
				defer func() { done <- struct{}{} }()
				name := fmt.Sprintf(`{"name":"p%d","room":"lobby"}`, i)
				c.emit("join", name)
				for n := range each {
					if i < talkers {
						c.emit("say", fmt.Sprintf(`{"text":"%d"}`, n))
					} else if n < rejoins {
						c.emit("join", name)
					}
					if n%10 == 0 {
						h.Post("lobby", "reader", "hello")
					}
				}
			}()
		}
		for range all {
			<-done
		}
		synctest.Wait()
		end := last(h.Lines("lobby")).Seq
		for i, c := range all {
			c.mu.Lock()
			follow(t, i, c.got, end)
			c.mu.Unlock()
		}
	})
}

// follow checks that lines go on where each history ends, up to the last one.
func follow(t *testing.T, who int, got []event, end uint64) {
	var seq uint64 // of the last line seen; 0 before the first ack
	for _, e := range got {
		switch {
		case e.name == "line":
			l := parse[line](t, e.data)
			if l.Seq != seq+1 {
				t.Errorf("client %d: line %d came after line %d", who, l.Seq, seq)
			}
			seq = l.Seq
		case e.name == "":
			a := parse[answer](t, e.data)
			if !a.OK {
				t.Errorf("client %d: %s", who, a.Error)
			}
			if a.Lines == nil {
				continue
			}
			for i, l := range a.Lines {
				if l.Seq != a.Lines[0].Seq+uint64(i) {
					t.Errorf("client %d: history has line %d at %d", who, l.Seq, i)
				}
			}
			if first := a.Lines[len(a.Lines)-1].Seq; first <= seq {
				t.Errorf("client %d: history ends with %d, and %d was seen", who, first, seq)
			} else {
				seq = first
			}
		}
	}
	if seq != end {
		t.Errorf("client %d: last line is %d, want %d", who, seq, end)
	}
}

func last(lines []chat.Line) chat.Line {
	if len(lines) == 0 {
		return chat.Line{}
	}
	return lines[len(lines)-1]
}
