package googollee

import (
	"context"
	"io"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/socketio"
)

// Call calls f, which has no Conn, with arguments of a client.
func Call(f any, in socketio.Args) error {
	_, err := newCallback(f).call(nil, in)
	return err
}

// heard is a session that has received one message.
type heard struct {
	session.Session
	message session.Message
}

func (h heard) Receive(context.Context) (session.Message, error) { return h.message, nil }

// NextPacket returns what the original is given of a message.
func NextPacket(m session.Message) (binary bool, kind int, data []byte, err error) {
	form, t, r, err := (&carried{s: heard{message: m}}).NextReader()
	if err != nil {
		return false, 0, nil, err
	}
	data, err = io.ReadAll(r)
	return form.Byte() != 0, int(t), data, err
}
