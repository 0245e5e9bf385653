package vt

import "bytes"

// Images are not decoded: a viewer that can show them gets the bytes that the
// program sent, and the cell where they belong.

// ImageFormat says what the data of an Image is.
type ImageFormat uint8

// The formats of images.
const (
	ImageSixel ImageFormat = iota + 1 // the data of a sixel DCS, from its parameters on
	ImageITerm                        // the arguments and the base64 text of OSC 1337 ; File=
)

// An Image is a picture that a program has sent.
type Image struct {
	ID     uint64 // counts up
	Format ImageFormat
	Line   uint64 // the line of its upper left corner, see Terminal.Line
	Row    int    // the same as a row of the screen when it came
	Col    int
	Alt    bool   // it is in the alternate screen
	Data   []byte // not to be modified
}

// An imageStore keeps images up to a number of bytes; the oldest ones go.
type imageStore struct {
	list  []Image
	bytes int
	next  uint64
}

func (s *imageStore) clear() { s.list, s.bytes = nil, 0 }

// maxImages bounds how many images are kept.
const maxImages = 256

// addImage keeps an image at a cell.
func (t *Terminal) addImage(f ImageFormat, data []byte, x, y int) {
	s := &t.images
	if len(data) > t.opt.ImageBytes {
		return
	}
	for len(s.list) > 0 && (len(s.list) >= maxImages || s.bytes+len(data) > t.opt.ImageBytes) {
		s.bytes -= len(s.list[0].Data)
		s.list[0] = Image{}
		s.list = s.list[1:]
	}
	s.next++
	s.bytes += len(data)
	s.list = append(s.list, Image{
		ID: s.next, Format: f, Line: t.Line(y), Row: y, Col: x,
		Alt: t.g == &t.alt, Data: bytes.Clone(data),
	})
	t.addEvent(Event{Kind: EventImage, Line: t.Line(y)})
}

// AppendImages appends the images whose ID is larger than after, oldest first.
func (t *Terminal) AppendImages(dst []Image, after uint64) []Image {
	for _, m := range t.images.list {
		if m.ID > after {
			dst = append(dst, m)
		}
	}
	return dst
}

// sixel is DCS Pm q data ST. The cursor goes to the row below the image. In sixel
// display mode, DECSDM (CSI ? 80 h), the image is in the upper left corner and
// the cursor stays.
func (t *Terminal) sixel(data []byte) {
	par := &t.parser.par
	var head []byte
	for i := range par.n {
		if i > 0 {
			head = append(head, ';')
		}
		head = appendInt(head, par.get(i, 0))
	}
	data = append(append(head, 'q'), data...)
	if t.modes&modeSixelDisplay != 0 {
		t.addImage(ImageSixel, data, 0, 0)
		return
	}
	t.addImage(ImageSixel, data, t.x, t.y)
	height := t.opt.CellHeight
	if height <= 0 {
		height = 20
	}
	rows := (6*(bytes.Count(data, []byte{'-'})+1) + height - 1) / height
	for range min(rows, t.rows) {
		t.index()
	}
}

// oscImage is OSC 1337 ; File = args : base64 ST.
func (t *Terminal) oscImage(text []byte) {
	if !bytes.HasPrefix(text, []byte("File=")) || !bytes.ContainsRune(text, ':') || !isText(text) {
		return
	}
	t.addImage(ImageITerm, text, t.x, t.y)
}
