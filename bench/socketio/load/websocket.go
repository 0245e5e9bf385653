//go:build linux

package load

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/everwire/everwire/bench/internal/wire"
)

// mask is the masking key of all frames. A server must unmask whatever it is.
var mask = [4]byte{0x37, 0xfa, 0x21, 0x3d}

// socket is a WebSocket.
type socket struct {
	client *client
	link   *link
	open   bool   // the handshake is done
	key    string // of the handshake
}

func (s *socket) begin() (err error) {
	var nonce [16]byte
	rand.Read(nonce[:])
	s.key = base64.StdEncoding.EncodeToString(nonce[:])
	if s.link, err = s.client.crowd.connect(s.client); err != nil {
		return err
	}
	cfg := &s.client.crowd.cfg
	return s.link.write(wire.AppendRequest(nil, cfg.Addr, cfg.Protocol.path("websocket"), s.key, false))
}

func (s *socket) opened(string) error { return nil }
func (s *socket) sending() bool       { return false }

func (s *socket) send(packet []byte) error {
	c := s.client.crowd
	c.output = wire.AppendFrame(c.output[:0], wire.OpText, mask, packet)
	return s.link.write(c.output)
}

func (s *socket) input(_ *link, data []byte) ([]byte, error) {
	if !s.open {
		head, rest, whole := bytes.Cut(data, []byte("\r\n\r\n"))
		if !whole {
			return data, tooLong(data)
		}
		if err := wire.CheckResponse(string(head), s.key); err != nil {
			return nil, err
		}
		s.open = true
		if s.client.crowd.cfg.Eager {
			if err := s.send(enter); err != nil {
				return nil, err
			}
		}
		data = rest
	}
	for {
		f, length, err := wire.ParseFrame(data)
		if err != nil || length == 0 {
			return data, err
		}
		data = data[length:]
		if err := s.frame(f); err != nil {
			return nil, err
		}
	}
}

func (s *socket) frame(f wire.Frame) error {
	switch f.Op {
	case wire.OpText:
		if err := s.client.packet(f.Payload); err != nil {
			return err
		}
		return s.client.free()
	case wire.OpPing:
		return s.link.write(wire.AppendFrame(nil, wire.OpPong, mask, f.Payload))
	case wire.OpClose:
		return fmt.Errorf("closed by the server: %q", f.Payload)
	}
	return fmt.Errorf("frame with opcode %#x", f.Op)
}

// tooLong is the error of an answer whose head does not end.
func tooLong(data []byte) error {
	if len(data) > 4<<10 {
		return errors.New("endless head of an answer")
	}
	return nil
}
