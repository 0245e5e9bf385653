// Package sio holds the codecs of Socket.IO packets: what the messages of an
// Engine.IO session say. It knows protocol 5, the one of Socket.IO 3 and later,
// protocols 3 and 4 of Socket.IO 1 and 2, which are dialects of it, and the
// packets of Socket.IO 0.7 to 0.9. Before that there were none.
//
// # A packet
//
// One packet is one text, followed by as many binary messages as it has
// attachments:
//
//	type [attachments "-"] [namespace ","] [ack id] [JSON]
//
//	0/chat,{"token":"x"}                            CONNECT to /chat with auth
//	20["echo","hi"]                                 EVENT, wants the ack with id 0
//	30["hi"]                                        ACK of it
//	51-["echo",{"_placeholder":true,"num":0}]       BINARY_EVENT, one attachment follows
//
// The namespace "/" is left out. Ack ids start at 0, so a packet has a HasID
// beside its ID.
//
// # Reading
//
// [DecodePacket] takes the text of one packet apart. It checks the whole of it,
// the JSON too, and leaves the JSON as it is: Packet.Data borrows the text. A
// [Decoder] does the same for a stream of packets and waits for attachments:
//
//	p, done, err := d.Add(text)        // a text message has come
//	p, done, err := d.AddBinary(data)  // a binary message has come
//
// Every breach of the protocol is an error that wraps [ErrProtocol]; the
// reference closes the connection for each of them, and so should callers.
//
// [SplitArray] cuts an event's data into its name and arguments, still raw JSON
// and still borrowed, and [EventName] reads the name:
//
//	args, err := sio.SplitArray(p.Data) // "echo" | {"a":1}
//	name, err := sio.EventName(args[0]) // echo
//
// # Binary arguments
//
// In the JSON, {"_placeholder":true,"num":0} stands for attachment number 0,
// wherever it appears. A Decoder has checked that each names an attachment that
// exists and that no two name the same. [IsPlaceholder] finds the attachment of
// an argument that is nothing but binary; [InlineBinary] turns the placeholders
// within a larger argument into base64 strings, which encoding/json decodes
// into []byte fields. For the way out [Renumber] lets several lists of
// arguments with attachments be joined into one event.
//
// # Writing
//
// [AppendPacket] appends the text of a packet, [AppendEvent] and [AppendArray]
// the JSON of an event and of an ack.
//
// # Socket.IO 1 and 2
//
// The packets are the same but for what [V4] lists: [AppendPacketV4],
// [DecodePacketV4] and a Decoder with that Dialect write and read them.
// Some of these clients decode UTF-8 twice. [AppendASCII] writes JSON that they
// all understand.
//
// # Socket.IO 0.7 to 0.9
//
// One packet is one text and nothing more; there is no binary data:
//
//	type ":" [id ["+"]] ":" [endpoint] [":" data]
//
//	5:1+:/chat:{"name":"echo","args":["hi"]}        event, wants an ack with data
//	6::/chat:1+["hi"]                               ack of it
//	3:2::hello                                      text, wants an empty ack
//
// [DecodePacket09] and [AppendPacket09] translate between that and a
// [Packet09]; [ParseEvent09], [AppendEvent09], [ParseAck09] and [AppendAck09]
// are for its data. The arguments are the same raw JSON as above.
//
// # MessagePack
//
// Clients with the npm package socket.io-msgpack-parser send each packet as one
// binary message instead. [AppendMsgpack] and [DecodeMsgpack] translate between
// that and the same Packet, JSON and attachments; [MsgpackDecoder] has the
// methods of a Decoder.
//
// # Limits
//
// No function does I/O or reads a clock, none panics on any input, and all take
// time linear in the length of it. What a peer can make a Decoder hold, nest or
// count is bounded by [Limits]. Functions may be called by several goroutines
// at once, a Decoder by one at a time.
package sio
