package Peer;

# A connection of Protocol::WebSocket, which has no I/O of its own, for
# client.pl and server.pl. Errors are fatal.

use strict;
use warnings;
use IO::Socket::INET;
use Protocol::WebSocket::Frame;
use Protocol::WebSocket::Handshake::Client;
use Protocol::WebSocket::Handshake::Server;
use Socket qw(IPPROTO_TCP TCP_NODELAY);

# The library's names of the dialects. It takes 7 for hybi-10 as a server.
our %versions = (
    Hixie75 => 'draft-hixie-75',
    Hixie76 => 'draft-ietf-hybi-00',
    Hybi08  => 'draft-ietf-hybi-10',
    RFC6455 => 'draft-ietf-hybi-17',
);

# dial shakes hands with ws://$address/ws/echo.
sub dial {
    my ($class, $address, $dialect) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $address) or die "dial: $@";
    my $handshake = Protocol::WebSocket::Handshake::Client->new(
        url => "ws://$address/ws/echo", version => $versions{$dialect});
    my $self = bless {socket => $socket, masked => 1}, $class;
    $self->put($handshake->to_string);
    return $self->shake($handshake);
}

# accepted shakes hands with a client.
sub accepted {
    my ($class, $socket) = @_;
    my $self = bless {socket => $socket, masked => 0}, $class;
    my $handshake = Protocol::WebSocket::Handshake::Server->new;
    $self->shake($handshake);
    $self->put($handshake->to_string);
    return $self;
}

sub shake {
    my ($self, $handshake) = @_;
    my $chunk;
    until ($handshake->is_done) {
        $chunk = $self->get;
        defined $chunk or die "the connection ended in the handshake\n";
        $handshake->parse($chunk) or die 'handshake: ' . $handshake->error . "\n";
    }
    setsockopt $self->{socket}, IPPROTO_TCP, TCP_NODELAY, 1;
    $self->{version} = $handshake->version;
    $self->{hybi} = $self->{version} =~ /hybi-1[07]/;
    $self->{in} = Protocol::WebSocket::Frame->new(
        version => $self->{version}, max_payload_size => 0);
    $self->{in}->append($chunk);
    return $self;
}

sub put {
    my ($self, $bytes) = @_;
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $self->{socket}, $bytes, length($bytes) - $sent, $sent;
        defined $n or die "write: $!\n";
        $sent += $n;
    }
}

# get returns what has arrived, or undef at the end.
sub get {
    my ($self) = @_;
    my $n = sysread $self->{socket}, my $chunk, 65536;
    return $n ? $chunk : undef;
}

sub frame {
    my ($self, %args) = @_;
    return Protocol::WebSocket::Frame->new(version => $self->{version},
        masked => $self->{masked}, max_payload_size => 0, %args)->to_bytes;
}

sub text   { my ($self, $data) = @_; $self->put($self->frame(type => 'text',   buffer => $data)) }
sub binary { my ($self, $data) = @_; $self->put($self->frame(type => 'binary', buffer => $data)) }
sub ping   { my ($self, $data) = @_; $self->put($self->frame(type => 'ping',   buffer => $data)) }

# fragments sends one message in several frames, with a ping behind the first.
sub fragments {
    my ($self, $type, @parts) = @_;
    for my $i (0 .. $#parts) {
        $self->put($self->frame(type => $i ? 'continuation' : $type,
            fin => $i == $#parts ? 1 : 0, buffer => $parts[$i]));
        $self->ping('between') if $i == 0;
    }
}

# part closes as the dialect does: draft 75 by the end of what it sends.
sub part {
    my ($self, $code, $reason) = @_;
    if ($self->{version} eq 'draft-hixie-75') {
        shutdown $self->{socket}, 1;
        return;
    }
    my $body = $self->{hybi} && $code ? pack('n', $code) . $reason : '';
    $self->put($self->frame(type => 'close', buffer => $body));
}

# receive returns the next message, pong, close or end as a type and its data,
# for a close its code and reason. It answers pings.
sub receive {
    my ($self) = @_;
    my $in = $self->{in};
    for (;;) {
        my $data = $in->next_bytes;
        if (!defined $data) {
            my $chunk = $self->get;
            return ('end') unless defined $chunk;
            $in->append($chunk);
        }
        elsif ($in->is_close) {
            return ('close', length $data ? unpack 'n a*', $data : ());
        }
        elsif ($self->{hybi} && $in->is_ping) {
            $self->put($self->frame(type => 'pong', buffer => $data));
        }
        else {
            my %types = (1 => 'text', 2 => 'binary', 10 => 'pong');
            return ($types{$in->opcode} || 'opcode ' . $in->opcode, $data);
        }
    }
}

sub disconnect { my ($self) = @_; close $self->{socket} }

1;
