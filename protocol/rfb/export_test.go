package rfb

// Inflater gives the tests the decoder of zlib streams.
type Inflater struct{ z *inflater }

func NewInflater() Inflater                   { return Inflater{newInflater()} }
func (i Inflater) Input(p []byte)             { i.z.in = p }
func (i Inflater) Peek(n int) ([]byte, error) { return i.z.peek(n) }
func (i Inflater) Take(n int)                 { i.z.take(n) }
func (i Inflater) Finish() error              { return i.z.finish() }

const MaxPeek = maxPeek
