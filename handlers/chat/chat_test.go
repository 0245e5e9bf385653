package chat_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/everwire/everwire/handlers/chat"
)

func TestPostReachesThoseInTheRoom(t *testing.T) {
	inHouse(t, chat.Config{}, func(t *testing.T, h *house) {
		ann := h.connect(t)
		ann.mustJoin("ann", "lobby")
		if err := h.Post(" lobby ", " reader ", "hello"); err != nil {
			t.Fatal(err)
		}
		expect(t, "ann", ann, "lobby#2 say reader: hello")
		if err := h.Post("lobby", "ANN", "I am ann"); !errors.Is(err, chat.ErrNameTaken) {
			t.Errorf("a name that is taken: %v", err)
		}
		expect(t, "ann", ann)
	})
}

func TestPostAndLinesAgree(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	c := chat.New(chat.Config{History: 2, Clock: func() time.Time { return at }})
	if got := c.Lines("lobby"); got != nil {
		t.Errorf("lines of no room: %v", got)
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := c.Post("lobby", "ann", text); err != nil {
			t.Fatal(err)
		}
	}
	got := c.Lines(" lobby ")
	want := chat.Line{Seq: 3, At: at, Kind: chat.Say, Name: "ann", Text: "three"}
	if len(got) != 2 || got[1] != want || got[0].Text != "two" {
		t.Errorf("got %v", got)
	}
	got[0].Text = "changed by the caller"
	if c.Lines("lobby")[0].Text != "two" {
		t.Error("Lines lends its own memory")
	}
}

func TestPostRefusesBadInput(t *testing.T) {
	c := chat.New(chat.Config{MaxRooms: 1, MaxNameLen: 5, MaxTextLen: 7})
	for _, tt := range []struct {
		why, room, name, text string
		want                  error
	}{
		{"room missing", " ", "ann", "hi", chat.ErrRoom},
		{"room too long", "lobby1", "ann", "hi", chat.ErrRoom},
		{"room not UTF-8", "a\xff", "ann", "hi", chat.ErrRoom},
		{"name missing", "lobby", "", "hi", chat.ErrName},
		{"name too long", "lobby", "annann", "hi", chat.ErrName},
		{"name not UTF-8", "lobby", "\xc3", "hi", chat.ErrName},
		{"name with a line break inside", "lobby", "a\nb", "hi", chat.ErrName},
		{"text missing", "lobby", "ann", " ", chat.ErrText},
		{"text too long", "lobby", "ann", "12345678", chat.ErrText},
		{"text not UTF-8", "lobby", "ann", "\xe2\x82", chat.ErrText},
		{"text with an escape", "lobby", "ann", "\x1b[2J", chat.ErrText},
		{"nothing wrong", "lobby", "ännaä", "ünf7☃\n!", nil},
	} {
		err := c.Post(tt.room, tt.name, tt.text)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, err, tt.want)
		}
		why, ok := errors.AsType[*chat.Refusal](err)
		if err != nil && (!ok || !sentence(why.Message) || !strings.HasPrefix(err.Error(), "chat: ")) {
			t.Errorf("%s: %#v", tt.why, err)
		}
	}
	// The one room is empty, so another one takes its place.
	if err := c.Post("other", "ann", "hi"); err != nil || len(c.Lines("lobby")) != 0 {
		t.Errorf("second room: %v", err)
	}
}

func TestRoomsAreForgottenInTheOrderOfTheirLastUse(t *testing.T) {
	c := chat.New(chat.Config{MaxRooms: 8})
	post := func(room int) {
		t.Helper()
		if err := c.Post(fmt.Sprint(room), "ann", "hi"); err != nil {
			t.Fatal(err)
		}
	}
	for _, room := range []int{1, 2, 3, 4, 5, 6, 7, 8, 1} {
		post(room)
	}
	for i, gone := range []int{2, 3, 4, 5, 6, 7, 8, 1} {
		if len(c.Lines(fmt.Sprint(gone))) == 0 {
			t.Fatalf("room %d was forgotten too early", gone)
		}
		post(10 + i)
		if len(c.Lines(fmt.Sprint(gone))) != 0 {
			t.Fatalf("room %d is not the one that was forgotten", gone)
		}
	}
}
