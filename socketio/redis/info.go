package redis

import (
	"encoding/json"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/everwire/everwire/protocol/sio"
	"github.com/everwire/everwire/socketio"
)

// remote is what servers tell each other of a socket, as the reference's members.
type remote struct {
	ID        string          `json:"id"`
	Handshake greeting        `json:"handshake"`
	Rooms     names           `json:"rooms"`
	Data      json.RawMessage `json:"data"`
}

// greeting is a handshake. Node's has all of it but generation, which says that the
// server is one of these and which client it has.
type greeting struct {
	Headers    map[string]loose `json:"headers"`
	Time       string           `json:"time"`
	Address    loose            `json:"address"`
	XDomain    bool             `json:"xdomain"`
	Secure     bool             `json:"secure"`
	Issued     float64          `json:"issued"`
	URL        loose            `json:"url"`
	Query      map[string]loose `json:"query"`
	Auth       json.RawMessage  `json:"auth"`
	Generation *uint8           `json:"generation,omitempty"`
}

// loose is a string, or several: header fields and parameters are the one or the
// other in Node. What is neither is left out.
type loose []string

func (l *loose) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = loose{one}
		return nil
	}
	var many []string
	if json.Unmarshal(data, &many) == nil {
		*l = many
	}
	return nil
}

func (l loose) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

func (l loose) first() string {
	if len(l) == 0 {
		return ""
	}
	return l[0]
}

// nodeTime is the form of a Date's toString.
const nodeTime = "Mon Jan 02 2006 15:04:05 GMT-0700 (Coordinated Universal Time)"

// appendSockets appends what is told of sockets.
func appendSockets(dst []byte, infos []socketio.SocketInfo) ([]byte, error) {
	list := make([]remote, len(infos))
	for i := range infos {
		list[i] = tell(&infos[i])
	}
	raw, err := json.Marshal(list)
	return append(dst, raw...), err
}

// tell translates what is known of a socket of this server.
func tell(info *socketio.SocketInfo) remote {
	h := &info.Handshake
	g := uint8(h.Generation)
	r := remote{ID: info.ID, Rooms: info.Rooms, Data: data(info.Data), Handshake: greeting{
		Headers: make(map[string]loose, len(h.Header)), Time: h.Issued.UTC().Format(nodeTime), Address: loose{h.Address},
		XDomain: h.CrossDomain, Secure: h.Secure, Issued: float64(h.Issued.UnixMilli()), URL: loose{h.URL},
		Query: make(map[string]loose, len(h.Query)), Auth: h.Auth, Generation: &g,
	}}
	for name, values := range h.Header {
		// Node joins fields of one name.
		r.Handshake.Headers[strings.ToLower(name)] = loose{strings.Join(values, ", ")}
	}
	for name, values := range h.Query {
		r.Handshake.Query[name] = values
	}
	switch h.Generation {
	case socketio.Gen3, socketio.Gen4:
		r.Handshake.Query["EIO"] = loose{strconv.Itoa(int(h.Generation-socketio.Gen3) + 3)}
	}
	if len(r.Handshake.Auth) == 0 {
		r.Handshake.Auth = json.RawMessage("{}")
	}
	return r
}

// data returns a socket's data as JSON. What cannot be encoded is left out, as an
// application that has set it cannot be told any more.
func data(v any) json.RawMessage {
	if v == nil {
		return json.RawMessage("{}") // what Node's sockets begin with
	}
	args, err := socketio.NewArgs(v)
	if err != nil || args.Len() == 0 {
		return json.RawMessage("null")
	}
	elements, attachments := args.Raw()
	raw := elements[0]
	if len(attachments) > 0 {
		if raw, err = sio.InlineBinary(nil, raw, attachments); err != nil {
			return json.RawMessage("null")
		}
	}
	return raw
}

// sockets decodes what another server has told.
func sockets(raw []byte) ([]socketio.SocketInfo, error) {
	var list []remote
	if err := unmarshal(raw, &list); err != nil {
		return nil, err
	}
	infos := make([]socketio.SocketInfo, len(list))
	for i := range list {
		r := &list[i]
		g := &r.Handshake
		infos[i] = socketio.SocketInfo{ID: r.ID, Rooms: r.Rooms, Handshake: socketio.Handshake{
			Generation: generation(g), Header: make(http.Header, len(g.Headers)), Query: make(url.Values, len(g.Query)),
			Auth: g.Auth, Address: g.Address.first(), Issued: time.UnixMilli(int64(g.Issued)), URL: g.URL.first(),
			Secure: g.Secure, CrossDomain: g.XDomain,
		}}
		for name, values := range g.Headers {
			infos[i].Handshake.Header[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
		for name, values := range g.Query {
			if !slices.Contains(transports, name) {
				infos[i].Handshake.Query[name] = values
			}
		}
		if len(r.Data) > 0 {
			if err := unmarshal(r.Data, &infos[i].Data); err != nil {
				return nil, err
			}
		}
	}
	return infos, nil
}

// transports are the parameters of the transport, which a Handshake has not.
var transports = []string{"EIO", "transport", "sid", "t", "b64", "j"}

// generation returns the client's generation. Node serves two of them, and its
// clients say which in their query.
func generation(g *greeting) socketio.Generation {
	switch {
	case g.Generation != nil && *g.Generation <= uint8(socketio.Gen4):
		return socketio.Generation(*g.Generation)
	case g.Query["EIO"].first() == "3":
		return socketio.Gen3
	}
	return socketio.Gen4
}
