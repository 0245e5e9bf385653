package polling

// A Form is a kind of poll whose payloads come in forms.
type Form struct{ f *framer }

// Forms are all kinds, by their names.
var Forms = map[string]Form{
	"Engine.IO": {engineJSONP}, "0.7 to 0.9": {gen09JSONP}, "0.1 to 0.6": {gen06XHR}, "0.1 to 0.6, JSONP": {gen06JSONP},
}

// Field is the name of the payload's field.
func (f Form) Field() string { return f.f.field }

// Unwrap returns the payload of a body, which it overwrites.
func (f Form) Unwrap(body []byte) ([]byte, error) { return f.f.unwrap(body) }
