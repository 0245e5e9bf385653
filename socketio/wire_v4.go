package socketio

import (
	"encoding/json"
	"net/url"

	"github.com/everwire/everwire/internal/query"
	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/session"
)

// parserV4 is Socket.IO's text for clients of 1.x and 2.x, protocols 3 and 4. All
// of it is ASCII: clients of 1.x decode UTF-8 twice, some of them in polls only,
// and nothing tells them from those of 2.x. Escaped characters survive that, and
// lengths in bytes and in UTF-16 units are the same.
type parserV4 struct{}

func (parserV4) Encode(p sio.Packet) (session.Message, [][]byte, error) {
	data := p.Data
	p.Data = nil
	text, err := sio.AppendPacketV4(make([]byte, 0, len(data)+len(p.Namespace)+16), p)
	if err == nil && p.Type != sio.Connect { // whose answer says nothing
		text = sio.AppendASCII(text, data)
	}
	return session.Message{Kind: session.Text, Data: text}, p.Binary, err
}

func (parserV4) NewDecoder(lim sio.Limits) Decoder {
	return &sio.Decoder{Limits: lim, Dialect: sio.V4}
}

// queryAuth returns a query as what Socket.Auth returns: an object of strings, or
// of arrays of them where a name stands several times. Of a query that is none it
// returns what can be understood.
func queryAuth(raw string) []byte {
	values, ok := query.Parse(raw)
	if raw == "" || !ok {
		return nil
	}
	all := make(map[string]any, len(values))
	for name, v := range values {
		if all[name] = v; len(v) == 1 {
			all[name] = v[0]
		}
	}
	auth, err := json.Marshal(all)
	if err != nil {
		return nil // strings can always be encoded
	}
	return auth
}

// authQuery is the reverse of queryAuth.
func authQuery(auth []byte) url.Values {
	var all map[string]any
	if json.Unmarshal(auth, &all) != nil {
		return nil
	}
	values := make(url.Values, len(all))
	for name, v := range all {
		switch v := v.(type) {
		case string:
			values.Add(name, v)
		case []any:
			for _, e := range v {
				if text, ok := e.(string); ok {
					values.Add(name, text)
				}
			}
		}
	}
	return values
}
