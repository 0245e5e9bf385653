package polling

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"sync"

	"github.com/everwire/everwire/session"
	"github.com/everwire/everwire/transports"
)

// encodings are the content codings that answers can have, the best first.
// "deflate" is the zlib format (RFC 9110 section 8.4.1.2).
var encodings = []string{"gzip", "deflate"}

// compressor is one coding's writer with what it has written. It measures about
// 1 MiB, so it is pooled.
type compressor struct {
	encoding string
	out      bytes.Buffer
	w        interface {
		io.WriteCloser
		Reset(io.Writer)
	}
}

var compressors = map[string]*sync.Pool{
	"gzip": {New: func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is valid
		return &compressor{encoding: "gzip", w: w}
	}},
	"deflate": {New: func() any {
		w, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed) // the level is valid
		return &compressor{encoding: "deflate", w: w}
	}},
}

func (z *compressor) bytes() []byte { return z.out.Bytes() }

func (z *compressor) release() {
	if z.out.Cap() > maxPooled {
		z.out = bytes.Buffer{}
	}
	compressors[z.encoding].Put(z)
}

// compressed returns the body in a coding that the client takes, to be released
// after use, or nil if it goes as it is: because it is small, would not become
// smaller, or has a message that must not be compressed. One such message is
// enough: the length of the whole would tell of it (BREACH).
func compressed(x *transports.Exchange, ps []session.Packet, body []byte) *compressor {
	if len(body) < x.Family.CompressionThreshold {
		return nil
	}
	for i := range ps {
		if ps[i].Type == session.PacketMessage && !ps[i].Compress {
			return nil
		}
	}
	encoding := transports.AcceptedEncoding(x.R.Header, encodings...)
	if encoding == "" {
		return nil
	}
	z := compressors[encoding].Get().(*compressor)
	z.out.Reset()
	z.w.Reset(&z.out)
	z.w.Write(body) // a bytes.Buffer never fails
	z.w.Close()
	if z.out.Len() >= len(body) {
		z.release()
		return nil
	}
	return z
}
