package redis_test

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/everwire/everwire/socketio"
	"github.com/everwire/everwire/socketio/redis"
)

// recorded is a message that Node has published.
type recorded struct {
	cfg     redis.Config
	to      string
	payload []byte
}

func golden(t testing.TB) (list []recorded) {
	t.Helper()
	text, err := os.ReadFile("testdata/node.golden")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		payload, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		kind := map[string]redis.Kind{"classic": redis.Classic, "sharded": redis.Sharded, "streams": redis.Streams}[f[0]]
		list = append(list, recorded{redis.Config{Kind: kind}, f[1], payload})
	}
	return list
}

// What Node has written is written again in the same bytes. The messages and
// their order are those of redis-record.mjs in e2e.
func TestNodesMessages(t *testing.T) {
	kinds := []string{"broadcast", "broadcast", "broadcast", "broadcast", "broadcast", "join", "leave", "disconnect", "server event",
		"ask", "server event", "fetch"}
	list := golden(t)
	if len(list) != 3*len(kinds)+2 {
		t.Fatalf("%d messages", len(list))
	}
	server := list[:3*len(kinds)]
	for i, r := range server {
		kind, to, again, err := redis.Recode(r.cfg, "server", r.to, r.payload)
		// Requests for which servers are counted first come when that is done.
		if want := kinds[i%len(kinds)]; err != nil || i%len(kinds) < 8 && kind != want || !slices.Contains(kinds, kind) {
			t.Errorf("%v %d: %s, %v", r.cfg.Kind, i, kind, err)
		}
		if to != r.to || !bytes.Equal(again, r.payload) {
			t.Errorf("%v %d, %s: to %s\n%q\nwant to %s\n%q", r.cfg.Kind, i, kind, to, again, r.to, r.payload)
		}
	}
	for _, r := range list[len(server):] { // the order of members is another
		kind, to, _, err := redis.Recode(r.cfg, "emitter", r.to, r.payload)
		if err != nil || to != r.to {
			t.Errorf("emitter: %s to %s, want %s, %v", kind, to, r.to, err)
		}
	}
}

// chat is a namespace with an adapter that is connected to nothing.
func chat(t testing.TB, cfg redis.Config) (ns *socketio.Namespace, adapter any, hub *redis.Hub) {
	cfg.URL = "redis://127.0.0.1:1"
	log := &journal{}
	cfg.Logger = slog.New(slog.NewTextHandler(log, nil))
	hub, err := redis.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		hub.Close()
		if strings.Contains(log.String(), "panicked") {
			t.Error(log)
		}
	})
	redis.SilenceDriver()
	srv := socketio.NewServer(socketio.Config{Adapter: func(ns *socketio.Namespace) socketio.Adapter {
		a := redis.Unheard(hub, ns)
		adapter = a
		return a
	}})
	return srv.Of("/chat"), adapter, hub
}

// Strangers can write to Redis what they like. Nothing of that is obeyed, and
// nothing panics.
func TestHostileMessages(t *testing.T) {
	hostile := map[string]string{
		"nothing": "", "no JSON": "{", "array": "[]", "empty": "{}", "null": "null", "text": "hello", "cut": "\x93\xa6abc",
		"deep":             `{"type":2,"opts":` + strings.Repeat("[", 100_000),
		"deep msgpack":     strings.Repeat("\x91", 100_000),
		"long promise":     "\xdd\xff\xff\xff\xff",
		"wrong type":       `{"type":"2","uid":1}`,
		"unknown type":     `{"type":99,"uid":"a"}`,
		"negative type":    `{"type":-1,"uid":"a"}`,
		"rooms no array":   `{"type":2,"opts":{"rooms":{},"except":[]},"rooms":["x"]}`,
		"rooms of objects": `{"type":2,"opts":{"rooms":[{}],"except":[]},"rooms":["x"]}`,
		"reserved":         `{"type":6,"uid":"a","data":["connect",1]}`,
		"no event":         `{"type":6,"uid":"a","data":[]}`,
		"event no name":    `{"type":6,"uid":"a","data":[{},1]}`,
		"many clients":     `{"type":8,"requestId":"a","clientCount":1e300}`,
		"fewer clients":    `{"type":8,"requestId":"a","clientCount":-5}`,
		"bad base64":       `{"type":"3","uid":"a","nsp":"/chat","data":"!"}`,
	}
	for kind, cfg := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			_, adapter, _ := chat(t, cfg)
			prefix := cmp.Or(cfg.Prefix, "socket.io")
			for name, text := range hostile {
				for _, channel := range []string{"#/chat#", "-request#/chat#", "-response#/chat#", "#/chat#x#"} {
					redis.Hear(adapter, prefix+channel, []byte(text))
				}
				redis.HearEntry(adapter, map[string]any{"uid": "a", "nsp": "/chat", "type": "3", "data": text})
				redis.HearEntry(adapter, map[string]any{"uid": 7, "type": name})
			}
		})
	}
}

func TestRefusedMessagesAreCounted(t *testing.T) {
	_, adapter, hub := chat(t, redis.Config{MaxMessage: 1000})
	redis.Hear(adapter, "socket.io#/chat#", []byte("hello"))
	redis.Hear(adapter, "socket.io-request#/chat#", []byte(`{"type":2,"sid":"`+strings.Repeat("x", 1000)+`"}`))
	redis.Hear(adapter, "socket.io#/chat#", []byte("\x93\xa1a\x83\xa4type\x02\xa4data\x91\xa1e\xa3nsp\xa5/chat\x80"))
	if s := hub.Stats(); s.Refused != 2 || s.Received != 1 {
		t.Errorf("%+v", s)
	}
}

func fuzz(f *testing.F, cfg redis.Config) {
	for _, r := range golden(f) {
		if r.cfg.Kind == cfg.Kind {
			f.Add(r.to, r.payload)
		}
	}
	_, adapter, _ := chat(f, cfg)
	f.Fuzz(func(t *testing.T, to string, payload []byte) {
		if _, _, again, err := redis.Recode(cfg, "server", to, payload); err == nil {
			if _, _, twice, err := redis.Recode(cfg, "server", to, again); err == nil && !bytes.Equal(again, twice) {
				t.Errorf("%q became %q", again, twice)
			}
		}
		redis.Hear(adapter, to, payload)
	})
}

func FuzzClassic(f *testing.F) { fuzz(f, redis.Config{}) }

func FuzzSharded(f *testing.F) { fuzz(f, redis.Config{Kind: redis.Sharded}) }

func FuzzStreams(f *testing.F) { fuzz(f, redis.Config{Kind: redis.Streams}) }
