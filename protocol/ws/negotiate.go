package ws

import "strconv"

const deflateName = "permessage-deflate"

// The parameters of permessage-deflate (RFC 7692 section 7.1).
const (
	paramServerNoTakeover = "server_no_context_takeover"
	paramClientNoTakeover = "client_no_context_takeover"
	paramServerWindow     = "server_max_window_bits"
	paramClientWindow     = "client_max_window_bits"
)

// DefaultThreshold is the payload size in bytes below which messages are not
// compressed unless DeflateOptions says otherwise.
const DefaultThreshold = 512

// DeflateOffer is one client offer of permessage-deflate (RFC 7692 section
// 7.1). The zero value offers it with no parameter.
type DeflateOffer struct {
	// ServerNoContextTakeover demands that the server compresses each message
	// on its own.
	ServerNoContextTakeover bool
	// ClientNoContextTakeover hints that the client will do so.
	ClientNoContextTakeover bool
	// ServerMaxWindowBits demands a window of at most 1<<n bytes, 8 to 15; 0
	// means that the parameter is absent.
	ServerMaxWindowBits int
	// ClientMaxWindowBits says that the client can limit its window, and that
	// it will use at most 1<<n bytes, 8 to 15; 0 means that the parameter is
	// absent, 15 that it is there without a value.
	ClientMaxWindowBits int
}

// DeflateOptions is what a server wants of permessage-deflate. The zero value
// wants as little memory as possible: nothing is kept between messages.
type DeflateOptions struct {
	// ServerContextTakeover compresses each message with the one before as
	// context, unless the client's offer forbids it. Each connection then owns
	// a compressor (about 1 MiB), and its frames cannot be shared.
	ServerContextTakeover bool
	// ClientContextTakeover lets the client do so. Each connection then keeps
	// a window of up to 32 KiB.
	ClientContextTakeover bool
	// ClientMaxWindowBits limits the client's window to 1<<n bytes, 9 to 14,
	// where the client can do that. Other values, and 0, set no limit.
	ClientMaxWindowBits int
	// Threshold is the payload size in bytes below which messages are sent
	// uncompressed. 0 is DefaultThreshold, a negative value compresses all.
	Threshold int
	// Level is the compression level, 1 (fastest) to 9. 0 is 1.
	Level int
}

// Deflate is a permessage-deflate that both sides agreed on. It is not
// modified once made and may be shared.
type Deflate struct {
	// ServerNoContextTakeover and ClientNoContextTakeover: the side compresses
	// each message on its own.
	ServerNoContextTakeover bool
	ClientNoContextTakeover bool
	// ServerMaxWindowBits and ClientMaxWindowBits: the side's window is 1<<n
	// bytes, 8 to 15; 0 means that nothing was agreed, which is 15.
	ServerMaxWindowBits int
	ClientMaxWindowBits int
	// Threshold and Level are those of DeflateOptions.
	Threshold int
	Level     int
}

// NegotiateDeflate chooses the first offer of the client and returns what to
// answer and to work with. It reports false if there was no valid offer.
//
// Every window that a client may demand of the server can be honoured: one
// below 32 KiB is kept by cutting messages into pieces of that size, which
// compresses worse, never by a reference out of the window.
func (q *Request) NegotiateDeflate(o DeflateOptions) (*Deflate, bool) {
	if len(q.Offers) == 0 {
		return nil, false
	}
	offer := q.Offers[0]
	d := &Deflate{
		ServerNoContextTakeover: offer.ServerNoContextTakeover || !o.ServerContextTakeover,
		ClientNoContextTakeover: offer.ClientNoContextTakeover || !o.ClientContextTakeover,
		ServerMaxWindowBits:     offer.ServerMaxWindowBits,
		Threshold:               o.Threshold,
		Level:                   o.Level,
	}
	if want := o.ClientMaxWindowBits; want >= 9 && want < 15 && offer.ClientMaxWindowBits > 0 {
		d.ClientMaxWindowBits = min(want, offer.ClientMaxWindowBits)
	}
	return d, true
}

// deflateOffers returns the valid offers of permessage-deflate. One with an
// unknown, repeated or invalid parameter is declined (RFC 7692 section 7).
func deflateOffers(list []extension) []DeflateOffer {
	var offers []DeflateOffer
	for _, e := range list {
		if e.name != deflateName {
			continue
		}
		if o, ok := parseDeflate(e.params, true); ok {
			offers = append(offers, o)
		}
	}
	return offers
}

// parseDeflate reads the parameters of an offer, or of a response, in which
// client_max_window_bits must have a value.
func parseDeflate(params []param, offer bool) (o DeflateOffer, ok bool) {
	for i, p := range params {
		for _, q := range params[:i] {
			if p.name == q.name {
				return o, false
			}
		}
		switch p.name {
		case paramServerNoTakeover:
			o.ServerNoContextTakeover, ok = true, !p.valued
		case paramClientNoTakeover:
			o.ClientNoContextTakeover, ok = true, !p.valued
		case paramServerWindow:
			o.ServerMaxWindowBits, ok = windowBits(p.value)
		case paramClientWindow:
			if o.ClientMaxWindowBits, ok = windowBits(p.value); !p.valued {
				o.ClientMaxWindowBits, ok = 15, offer
			}
		default:
			return o, false
		}
		if !ok {
			return o, false
		}
	}
	return o, true
}

// windowBits reads a window size: decimal, 8 to 15, no leading zero (RFC 7692
// section 7.1.2).
func windowBits(s string) (int, bool) {
	switch s {
	case "8", "9", "10", "11", "12", "13", "14", "15":
		n, err := strconv.Atoi(s)
		return n, err == nil
	}
	return 0, false
}

// appendTo appends d as a response.
func (d *Deflate) appendTo(dst []byte) []byte {
	return appendDeflate(dst, DeflateOffer{
		ServerNoContextTakeover: d.ServerNoContextTakeover,
		ClientNoContextTakeover: d.ClientNoContextTakeover,
		ServerMaxWindowBits:     d.ServerMaxWindowBits,
		ClientMaxWindowBits:     d.ClientMaxWindowBits,
	}, false)
}

func appendDeflate(dst []byte, o DeflateOffer, offer bool) []byte {
	dst = append(dst, deflateName...)
	if o.ServerNoContextTakeover {
		dst = append(dst, "; "+paramServerNoTakeover...)
	}
	if o.ClientNoContextTakeover {
		dst = append(dst, "; "+paramClientNoTakeover...)
	}
	if o.ServerMaxWindowBits > 0 {
		dst = append(dst, "; "+paramServerWindow+"="...)
		dst = strconv.AppendInt(dst, int64(o.ServerMaxWindowBits), 10)
	}
	if o.ClientMaxWindowBits > 0 {
		dst = append(dst, "; "+paramClientWindow...)
		if !offer || o.ClientMaxWindowBits < 15 {
			dst = append(dst, '=')
			dst = strconv.AppendInt(dst, int64(o.ClientMaxWindowBits), 10)
		}
	}
	return dst
}
