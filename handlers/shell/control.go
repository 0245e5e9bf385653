package shell

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/everwire/everwire/session"
)

const (
	maxControl = 4 << 10 // bytes of a control message other than "in"
	maxInput   = 1 << 20 // bytes of one message with input
	maxSize    = 1000    // columns or rows
)

// failure ends a session with a message for the client.
type failure struct {
	code    session.Code
	message string
}

func (f *failure) Error() string { return f.message }

func badMessage(format string, args ...any) error {
	return &failure{session.PolicyViolated, fmt.Sprintf(format, args...)}
}

func tooLarge(what string, limit int) error {
	return &failure{session.MessageTooBig, fmt.Sprintf("%s is larger than %d bytes", what, limit)}
}

// control is a control message from a client.
type control struct {
	Type string `json:"type"`
	Mode string `json:"mode"`
	Cols int    `json:"cols"`
	Rows int    `json:"rows"`
	Data string `json:"data"`
}

// size is a terminal's size in character cells, 1 to 1000 each.
type size struct{ cols, rows uint16 }

func (c *control) size() size { return size{uint16(c.Cols), uint16(c.Rows)} }

// decodeControl decodes and checks a control message. Fields that its type
// does not use are ignored, so that a newer client can say more.
func decodeControl(b []byte) (control, error) {
	var c control
	if len(b) > maxInput {
		return c, tooLarge("the message", maxInput)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		var typ *json.UnmarshalTypeError
		switch {
		case !errors.As(err, &typ):
			return c, badMessage("a control message must be a JSON object")
		case typ.Field == "":
			return c, badMessage("a control message must be a JSON object, not a JSON %s", typ.Value)
		default:
			return c, badMessage("the field %s of a control message cannot be a JSON %s", typ.Field, typ.Value)
		}
	}
	if c.Type != "in" && len(b) > maxControl {
		return c, tooLarge("the control message", maxControl)
	}
	return c, c.check()
}

func (c *control) check() error {
	switch c.Type {
	case "in":
		return nil
	case "open":
		if c.Mode != "stream" {
			return badMessage(`the mode %.40q is not known: use "stream"`, c.Mode)
		}
	case "resize":
	case "":
		return badMessage("a control message needs a type")
	default:
		return badMessage(`the type %.40q is not known: use "open", "resize" or "in"`, c.Type)
	}
	if c.Cols < 1 || c.Cols > maxSize {
		return badMessage("the field cols must be 1 to %d, not %d", maxSize, c.Cols)
	}
	if c.Rows < 1 || c.Rows > maxSize {
		return badMessage("the field rows must be 1 to %d, not %d", maxSize, c.Rows)
	}
	return nil
}

// The control messages to a client.
type (
	outMessage struct {
		Type string `json:"type"`
		Data string `json:"data"`
	}
	exitMessage struct {
		Type string `json:"type"`
		Code int    `json:"code"`
	}
	errorMessage struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	}
)

// encode returns the JSON of one of the messages above. Bytes that are not
// UTF-8 become U+FFFD.
func encode(m any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
