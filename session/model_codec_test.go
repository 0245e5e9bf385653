package session_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/everwire/everwire/protocol/eio"
	"github.com/everwire/everwire/protocol/ws"
	"github.com/everwire/everwire/session"
)

// codec is what the server speaks now.
func (w *world) codec() eio.Codec {
	if c := w.decided.Load(); c != nil {
		return *c
	}
	return w.gen.codec
}

// heard returns what the client makes of packets that a carrier of that kind
// brings: they are written as the transport does, and read again.
func (w *world) heard(k *session.Carrier, ps []session.Packet) []session.Packet {
	if w.gen == nil {
		return ps
	}
	if len(ps) == 0 {
		return nil
	}
	codec := w.codec()
	if !k.Stream {
		body, binary, err := encodePoll(codec, k, ps)
		if err != nil {
			w.errorf("a poll cannot be written: %v", err)
		}
		return w.understood(body, bodyOf(w.gen.says, body, binary))
	}
	var got []session.Packet
	for _, p := range ps {
		for _, m := range w.pieces(codec, k, p) {
			got = append(got, w.understood(m.data, m.read(w.gen.says, k))...)
		}
	}
	return got
}

// encodePoll writes the answer to a poll.
func encodePoll(codec eio.Codec, k *session.Carrier, ps []session.Packet) (body []byte, binary bool, err error) {
	if bp, ok := codec.(eio.BinaryPayloader); ok && k.Dialect != "scripts" && bp.IsBinaryPayload(ps) {
		body, err = bp.AppendBinaryPayload(nil, ps)
		return body, true, err
	}
	if body, err = codec.AppendPayload(nil, ps); errors.Is(err, eio.ErrControl) {
		return nil, false, nil
	}
	return body, false, err
}

// piece is a message of a stream.
type piece struct {
	data   []byte
	binary bool
}

// packets are those of a body or a message.
type packets = iter.Seq2[session.Packet, error]

// bodyOf reads a body.
func bodyOf(says eio.Codec, body []byte, binary bool) packets {
	if bp, ok := says.(eio.BinaryPayloader); ok && binary {
		return bp.DecodeBinaryPayload(body)
	}
	return says.DecodePayload(body)
}

// read reads the message. In some generations it may have several packets.
func (m piece) read(says eio.Codec, k *session.Carrier) packets {
	if _, several := says.(eio.Batcher); several || k.OneWay {
		return says.DecodePayload(m.data)
	}
	return func(yield func(session.Packet, error) bool) { yield(says.DecodeMessage(m.data, m.binary)) }
}

// pieces are a packet on a stream: nothing if that is the transport's business,
// and two messages for a client that is not known yet.
func (w *world) pieces(codec eio.Codec, k *session.Carrier, p session.Packet) (all []piece) {
	data, binary, err := codec.AppendMessage(nil, p)
	if binary && (k.OneWay || !w.dialect(k).HasBinary()) {
		binary = false
		if codec == eio.V3 {
			codec = eio.V3Base64
		}
		if codec == eio.V4 {
			data, err = codec.AppendPayload(nil, []session.Packet{p})
		} else {
			data, _, err = codec.AppendMessage(nil, p)
		}
	}
	if err == nil {
		all = append(all, piece{data, binary})
	} else if !errors.Is(err, eio.ErrControl) {
		w.errorf("%v cannot be written: %v", p.Type, err)
	}
	if both, is := codec.(eio.Doubler); is {
		second, ok, err := both.AppendSecond(nil, p)
		if err != nil {
			w.errorf("%v cannot be written in its second form: %v", p.Type, err)
		}
		if ok {
			all = append(all, piece{second, false})
		}
	}
	if !k.OneWay {
		for i := range all {
			all[i] = w.framed(w.dialect(k), all[i])
		}
	}
	return all
}

func (w *world) dialect(k *session.Carrier) ws.Dialect {
	for _, d := range []ws.Dialect{ws.RFC6455, ws.Hybi08, ws.Hybi07, ws.Hixie76, ws.Hixie75} {
		if d.String() == k.Dialect {
			return d
		}
	}
	return ws.RFC6455
}

// framed is a message that has gone through a WebSocket.
func (w *world) framed(d ws.Dialect, m piece) piece {
	t := ws.Text
	if m.binary {
		t = ws.Binary
	}
	frame, err := ws.AppendMessage(nil, d, t, m.data)
	if err != nil {
		w.errorf("a frame cannot be written: %v", err)
	}
	in := ws.NewDecoder(ws.DecoderOptions{Dialect: d, Role: ws.Client})
	defer in.Release()
	n, ev, err := in.Decode(frame)
	if err != nil || n != len(frame) || ev.Type != t {
		w.errorf("%v frame is read as %v, %d of %d bytes, %v", t, ev.Type, n, len(frame), err)
	}
	return piece{bytes.Clone(ev.Data), m.binary}
}

// understood is what the client reads in data. Its words for things are not the
// server's: a heartbeat is a ping to it.
func (w *world) understood(data []byte, in packets) (got []session.Packet) {
	says := w.gen.says
	switch {
	case says == eio.Gen04:
		return w.understood04(data)
	case len(data) == 0, says == eio.Gen06 && data[0] == '{':
		return nil // nothing, or the words for the other generation
	}
	for p, err := range in {
		if err != nil {
			w.errorf("%q is not understood: %v", data, err)
			return got
		}
		p.Data = bytes.Clone(p.Data)
		switch {
		case p.Type == session.PacketPong && !w.cfg.ClientPings:
			p.Type = session.PacketPing
		case says == eio.Gen06 && string(p.Data) == w.c.ID():
			p.Type = session.PacketOpen
		case says == eio.Gen09 && string(p.Data) == "7:::1+0":
			p.Type = session.PacketClose
		}
		got = append(got, p)
	}
	return got
}

// understood04 is understood for a client of 0.4, which reads JSON. What is none
// is for the other generation.
func (w *world) understood04(data []byte) (got []session.Packet) {
	var body struct{ Messages []json.RawMessage }
	if json.Unmarshal(data, &body) != nil {
		return nil
	}
	for _, raw := range body.Messages {
		p := session.Packet{Type: session.PacketMessage, Kind: session.JSON, Data: raw}
		var text string
		if raw[0] == '"' && json.Unmarshal(raw, &text) == nil {
			p.Kind, p.Data = session.Text, []byte(text)
		}
		var open struct{ SessionID string }
		if json.Unmarshal([]byte(text), &open) == nil && open.SessionID == w.c.ID() {
			p.Type = session.PacketOpen
		}
		got = append(got, p)
	}
	return got
}

// said brings a client's packets to the session, in one body or message, and
// returns how many of them it has taken.
func (w *world) said(r *rand.Rand, ps ...session.Packet) (taken int, err error) {
	if w.gen == nil {
		return 1, w.c.Deliver(ps[0])
	}
	data, binary := w.worded(r, ps)
	defer func() {
		for i := range data {
			data[i] = 0xDB // a buffer of the transport, which is used again
		}
	}()
	codec := w.codec()
	if codec == eio.Gen0406 {
		if first := eio.Decide(data); first == nil {
			w.errorf("%q does not tell the generation", data)
		} else if codec = first; w.decided.CompareAndSwap(nil, &first) {
			w.note("decided", 1)
			if first == eio.Gen06 {
				w.c.ExpectPongs()
			}
		}
	}
	for p, err := range bodyOf(codec, data, binary) {
		if err != nil {
			w.errorf("%q is not understood: %v", data, err)
			return taken, err
		}
		if err := w.c.Deliver(p); err != nil {
			return taken, err
		}
		w.proved()
		taken++
	}
	if taken != len(ps) {
		w.errorf("%d packets of %q, want %d", taken, data, len(ps))
	}
	return taken, nil
}

// worded is what the client writes.
func (w *world) worded(r *rand.Rand, ps []session.Packet) (data []byte, binary bool) {
	says := w.gen.says
	if says == eio.Gen04 {
		var list []json.RawMessage
		for _, p := range ps {
			raw := json.RawMessage(p.Data)
			if p.Kind == session.Text {
				raw, _ = json.Marshal(string(p.Data))
			}
			list = append(list, raw)
		}
		data, _ = json.Marshal(list)
		return data, false
	}
	var err error
	if bp, ok := says.(eio.BinaryPayloader); ok && r.IntN(2) == 0 && says != eio.V3Base64 {
		data, err = bp.AppendBinaryPayload(nil, ps)
		binary = true
	} else {
		data, err = says.AppendPayload(nil, ps)
	}
	if err != nil {
		w.errorf("a client cannot say %v: %v", ps, err)
	}
	return slices.Clip(data), binary
}
