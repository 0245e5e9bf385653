package rfb

import "compress/zlib"

// An appender is a writer that appends to a slice.
type appender struct{ p []byte }

func (a *appender) Write(p []byte) (int, error) {
	a.p = append(a.p, p...)
	return len(p), nil
}

// A deflater is the sending end of a zlib stream that lasts as long as the
// connection. What is appended at once can be inflated at once.
type deflater struct {
	out appender
	zw  *zlib.Writer
}

// append appends p, compressed. The level counts when the stream begins.
func (d *deflater) append(dst, p []byte, level int) []byte {
	d.out.p = dst
	if d.zw == nil {
		// The level is in range, which is the only thing that can be wrong.
		d.zw, _ = zlib.NewWriterLevel(&d.out, level)
	}
	// The appender never fails.
	_, _ = d.zw.Write(p)
	_ = d.zw.Flush()
	dst, d.out.p = d.out.p, nil
	return dst
}
