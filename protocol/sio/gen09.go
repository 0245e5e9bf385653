package sio

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Type09 is the type of a packet of Socket.IO 0.7 to 0.9, numbered as on the
// wire.
type Type09 uint8

// The packet types of Socket.IO 0.7 to 0.9. (Socket.IO specification, version
// 1, "Messages")
const (
	Disconnect09 Type09 = iota // leave an endpoint, or end the session
	Connect09                  // enter an endpoint, and the answer to that
	Heartbeat09
	Message09 // text
	JSON09    // a JSON value
	Event09   // an event with its arguments
	Ack09     // the answer to a packet with an id
	Error09
	Noop09
)

var typeNames09 = [...]string{
	"disconnect", "connect", "heartbeat", "message", "json", "event", "ack", "error", "noop",
}

// String returns the type's name as the specification writes it.
func (t Type09) String() string {
	if int(t) < len(typeNames09) {
		return typeNames09[t]
	}
	return "type " + strconv.Itoa(int(t))
}

// Packet09 is one packet of Socket.IO 0.7 to 0.9:
//
//	type ":" [id ["+"]] ":" [endpoint ["?" query]] [":" data]
//
//	1::/chat                                     enter /chat
//	3:1::hello                                   text, to be acknowledged
//	5:2+:/chat:{"name":"echo","args":["hi"]}     an event that wants an answer
//	6::/chat:2+["hi"]                            the answer
type Packet09 struct {
	Type Type09
	// ID is the packet's id if HasID is set. The clients count from 1.
	ID    uint64
	HasID bool
	// DataAck says that the sender waits for an ack with data, which only the
	// application can give. Without it a packet with an id is to be answered
	// with an empty ack as soon as it has been read. It needs HasID.
	DataAck bool
	// Endpoint is the namespace with its slash, except for the root, which is
	// empty. "/" is read and written as the root too.
	Endpoint string
	// Query is what followed a question mark behind the endpoint; in a Connect
	// it may also have come as the packet's data. Only Connect can have one.
	Query string
	// Data is what the type asks for: for Message09 text, for JSON09 a JSON
	// value, for Event09, Ack09 and Error09 see ParseEvent09, ParseAck09 and
	// ParseError09. The other types have none. From DecodePacket09 it borrows
	// the text.
	Data []byte
}

// AppendPacket09 appends the text of p and returns the longer slice.
//
// It returns dst as it was and an error that wraps ErrInvalidPacket if the type
// is unknown, the endpoint or query cannot be written, the id is above MaxID,
// or Data is of the wrong kind for the type. Of Data only the first byte is
// looked at: that the rest suits is the caller's promise. U+2028 and U+2029 in
// JSON are escaped.
func AppendPacket09(dst []byte, p Packet09) ([]byte, error) {
	if err := p.check(); err != nil {
		return dst, fmt.Errorf("%w: %w", ErrInvalidPacket, err)
	}
	dst = append(dst, '0'+byte(p.Type), ':')
	if p.HasID {
		dst = strconv.AppendUint(dst, p.ID, 10)
		if p.DataAck {
			dst = append(dst, '+')
		}
	}
	dst = append(dst, ':')
	if p.Endpoint != "/" {
		dst = append(dst, p.Endpoint...)
	}
	if p.Query != "" {
		if strings.ContainsRune(p.Query, ':') { // which would end it
			dst = append(dst, ':')
		}
		dst = append(dst, '?')
		dst = append(dst, p.Query...)
	}
	if len(p.Data) > 0 {
		dst = append(dst, ':')
		if p.Type == Message09 || p.Type == Error09 {
			dst = append(dst, p.Data...)
		} else {
			dst = appendOneLine(dst, p.Data)
		}
	}
	return dst, nil
}

// appendOneLine appends JSON with U+2028 and U+2029 escaped: what clients of 0.7
// read a packet with takes these for the ends of lines, and finds no packet.
func appendOneLine(dst, json []byte) []byte {
	for {
		i := bytes.Index(json, []byte("\u2028"[:2]))
		if i < 0 || i+2 == len(json) {
			return append(dst, json...)
		}
		switch json[i+2] {
		case '\xa8':
			dst = append(append(dst, json[:i]...), `\u2028`...)
		case '\xa9':
			dst = append(append(dst, json[:i]...), `\u2029`...)
		default:
			dst = append(dst, json[:i+3]...)
		}
		json = json[i+3:]
	}
}

// check reports why p cannot be written.
func (p *Packet09) check() error {
	switch {
	case p.Type > Noop09:
		return fmt.Errorf("unknown %v", p.Type)
	case p.HasID && p.ID > MaxID:
		return fmt.Errorf("ack id %d", p.ID)
	case p.DataAck && !p.HasID:
		return fmt.Errorf("ack wanted for no id")
	case !validName09(p.Endpoint) || strings.ContainsAny(p.Endpoint, "?:"):
		return fmt.Errorf("endpoint %q", p.Endpoint)
	case !validName09(p.Query) || p.Query != "" && p.Type != Connect09:
		return fmt.Errorf("%v with query %q", p.Type, p.Query)
	case !p.validStart():
		return fmt.Errorf("%v with data %.10q", p.Type, p.Data)
	}
	return nil
}

// validStart reports whether data that begins as that of p can belong to its
// type.
func (p *Packet09) validStart() bool {
	switch empty := len(p.Data) == 0; p.Type {
	case Message09, Error09:
		return true
	case JSON09:
		return !empty
	case Event09:
		return !empty && p.Data[0] == '{'
	case Ack09:
		return !empty && isDigit(p.Data[0])
	default:
		return empty
	}
}

// DecodePacket09 decodes the text of one packet and checks all of it. The
// packet's Data borrows text and must not be used after text is changed. All
// errors wrap ErrProtocol.
//
// Parts may be missing at the end, as the specification has it for "0". Data
// of a type that has none is passed over, as in the reference. Of the limits
// MaxNamespace counts.
func DecodePacket09(text []byte, lim Limits) (Packet09, error) {
	if len(text) == 0 {
		return Packet09{}, fmt.Errorf("%w: empty packet", ErrType)
	}
	p := Packet09{Type: Type09(text[0] - '0')}
	if p.Type > Noop09 || len(text) > 1 && text[1] != ':' {
		return Packet09{}, fmt.Errorf("%w: %.2q", ErrType, text)
	}
	if !utf8.Valid(text) {
		return Packet09{}, fmt.Errorf("%w: not UTF-8", ErrPayload)
	}
	_, rest, _ := bytes.Cut(text, []byte{':'})
	id, rest, _ := bytes.Cut(rest, []byte{':'})
	if err := p.decodeID(id); err != nil {
		return Packet09{}, err
	}
	endpoint, data, _ := bytes.Cut(rest, []byte{':'})
	endpoint, query, _ := bytes.Cut(endpoint, []byte{'?'})
	if max := lim.withDefaults().MaxNamespace; len(endpoint) > max {
		return Packet09{}, fmt.Errorf("%w: %d bytes", ErrNamespace, len(endpoint))
	}
	if p.Type == Connect09 && len(data) > 0 {
		query = bytes.TrimPrefix(data, []byte{'?'})
	}
	if !validName09(endpoint) || p.Type == Connect09 && !validName09(query) {
		return Packet09{}, ErrNamespace
	}
	if string(endpoint) != "/" {
		p.Endpoint = string(endpoint)
	}
	if p.Type == Connect09 {
		p.Query = string(query)
	}
	return p, p.decodeData(data)
}

// decodeID reads the id and the plus behind it.
func (p *Packet09) decodeID(b []byte) error {
	i := 0
	for ; i < len(b) && isDigit(b[i]); i++ {
		if p.ID = p.ID*10 + uint64(b[i]-'0'); p.ID > MaxID {
			return ErrID
		}
	}
	p.HasID = i > 0
	switch {
	case i == len(b):
		return nil
	case string(b[i:]) == "+":
		p.DataAck = p.HasID
		return nil
	}
	return ErrID
}

// decodeData checks data and keeps it if the type has a use for it.
func (p *Packet09) decodeData(data []byte) error {
	var err error
	switch p.Type {
	case Message09, Error09:
	case JSON09:
		s := scanner{data: data, depth: MaxDepth}
		err = s.whole()
	case Event09:
		_, _, err = ParseEvent09(data)
	case Ack09:
		_, _, err = ParseAck09(data)
	default:
		return nil
	}
	if err != nil {
		*p = Packet09{}
		return err
	}
	if len(data) > 0 {
		p.Data = data[:len(data):len(data)]
	}
	return nil
}

// validName09 reports whether s can stand as endpoint or query: UTF-8 without
// control characters.
func validName09[S []byte | string](s S) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(string(s))
}
