package sio

import (
	"errors"
	"fmt"
)

// ErrProtocol is wrapped by every error that a peer's bytes can cause. The
// connection that they came from should be closed.
var ErrProtocol = errors.New("sio: protocol violation")

// The ways to break the protocol. Each wraps ErrProtocol.
var (
	// ErrType: an unknown packet type, or CONNECT_ERROR from a client.
	ErrType = violation("bad packet type")
	// ErrAttachmentCount: the number of attachments is missing, not a decimal
	// number, or zero.
	ErrAttachmentCount = violation("bad number of attachments")
	// ErrTooManyAttachments: more attachments than Limits.MaxAttachments.
	ErrTooManyAttachments = violation("too many attachments")
	// ErrNamespace: a namespace that is too long, not UTF-8, or has control
	// characters.
	ErrNamespace = violation("bad namespace")
	// ErrID: an ack id above MaxID.
	ErrID = violation("bad ack id")
	// ErrPayload: data of the wrong kind for the packet's type, for example an
	// event whose data is not an array.
	ErrPayload = violation("bad payload")
	// ErrJSON: the data is not JSON in UTF-8.
	ErrJSON = violation("invalid JSON")
	// ErrDepth: the data is nested deeper than MaxDepth.
	ErrDepth = violation("JSON nested too deeply")
	// ErrTooManyArguments: an array of more than MaxArguments elements.
	ErrTooManyArguments = violation("too many arguments")
	// ErrEventName: the first element of an event is not a string or number.
	ErrEventName = violation("bad event name")
	// ErrReservedName: an event with a name that only the two ends themselves
	// use, for example "connect" (see IsReserved).
	ErrReservedName = violation("reserved event name")
	// ErrAttachmentsPending: text came while attachments were missing.
	ErrAttachmentsPending = violation("text while attachments are missing")
	// ErrUnexpectedBinary: an attachment came that no packet announced.
	ErrUnexpectedBinary = violation("attachment without a packet")
	// ErrMsgpack: bytes that are not MessagePack, or more of it than a packet
	// may have.
	ErrMsgpack = violation("invalid MessagePack")
	// ErrUnexpectedText: a text message where only binary ones belong.
	ErrUnexpectedText = violation("text among MessagePack")
	// ErrPlaceholder: a placeholder with a number that is missing, not an
	// integer, out of range or used twice, or with other members.
	ErrPlaceholder = violation("bad placeholder")
	// ErrTooLarge: a packet that with its attachments exceeds Limits.MaxBytes.
	ErrTooLarge = violation("packet and attachments too large")
)

func violation(what string) error { return fmt.Errorf("%w: %s", ErrProtocol, what) }
