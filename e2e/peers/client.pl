# client.pl HOST:PORT LIMIT DIALECT...: a client of raw WebSockets against a
# server that sends every message back and takes none of more than LIMIT bytes.
# Each case is reported as one line of JSON: {"case":"...","error":"...","ms":12},
# where an empty error means success. The cases are those of
# TestForeignWebSocketClients.

use strict;
use warnings;
use FindBin;
use JSON::PP ();
use Time::HiRes qw(sleep time);
use lib $FindBin::Bin;
use Peer;

my ($address, $limit, @dialects) = @ARGV;
my $patience = 15; # seconds a case may take

$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = sub { die "nothing more happened within $patience s\n" };
$| = 1;

sub show {
    my @list = map { defined $_ ? $_ : 'undef' } @_;
    s/([^ -~])/sprintf '\\x%02x', ord $1/ge for @list;
    return join ', ', map { length > 60 ? substr($_, 0, 60) . '... of ' . length : $_ } @list;
}

sub expect {
    my ($peer, @want) = @_;
    my @got = $peer->receive;
    my $same = @got == @want && !grep { $got[$_] ne $want[$_] } 0 .. $#want;
    die 'received (' . show(@got) . '), want (' . show(@want) . ")\n" unless $same;
}

sub echo {
    my ($peer, $type, @sent) = @_;
    for my $data (@sent) {
        $peer->$type($data);
        expect($peer, $type, $data);
    }
}

# closed: the connection's close frame, where the dialect has one, and its end.
sub closed {
    my ($peer, $code) = @_;
    if ($peer->{hybi}) {
        my ($type, $got) = $peer->receive;
        die 'received (' . show($type, $got) . "), want a close with $code\n"
            unless $type eq 'close' && defined $got && $got == $code;
    }
    elsif ($peer->{version} ne 'draft-hixie-75') {
        expect($peer, 'close');
    }
    expect($peer, 'end');
}

# All values of a byte, in no simple order.
sub bytes { pack 'C*', map { ($_ * 167 + ($_ >> 8)) & 0xff } 0 .. $_[0] - 1 }

my $snowman = "w\xc3\xb6rld \xe2\x98\x83 \xf0\x9f\x8e\x89!"; # in UTF-8

my %cases = (
    'ascii' => sub { echo($_[0], 'text', 'hello', 'the second') },
    'utf-8' => sub { echo($_[0], 'text', $snowman, "\xe2\x80\xa8\xe2\x80\xa9", "\xf0\x9d\x92\xb3\xcc\x81", "\xf4\x8f\xbf\xbf\xef\xbb\xbf") },
    'nul inside text' => sub { echo($_[0], 'text', "a\0b", "\0", "\0\0") },
    'empty message'   => sub { echo($_[0], 'text', '', 'after', '') },
    '64 KiB'          => sub { echo($_[0], 'text', "\xe2\x98\x83x" x 16384) },
    '1 MiB'           => sub { echo($_[0], 'text', 'everwire' x ($limit / 8)) },
    'many messages in one write' => sub {
        my ($peer) = @_;
        my @sent = map { "message $_" } 0 .. 99;
        $peer->put(join '', map { $peer->frame(type => 'text', buffer => $_) } @sent);
        expect($peer, 'text', $_) for @sent;
    },
    'client closes' => sub {
        my ($peer) = @_;
        echo($peer, 'text', 'hello');
        $peer->part(4001, "enough \xe2\x98\x83");
        closed($peer, 4001);
    },
    'server closes: not UTF-8' => sub {
        my ($peer) = @_;
        $peer->text("caf\xe9");
        closed($peer, 1007);
    },
    'server closes: too big' => sub {
        my ($peer) = @_;
        $peer->text('x' x ($limit + 1));
        closed($peer, 1009);
    },
);

my %hybi = (
    'lengths of each header' => sub { echo($_[0], 'text', map { 'n' x $_ } 1, 125, 126, 127, 65535, 65536) },
    'binary'          => sub { echo($_[0], 'binary', bytes(256), "\xff\0\x80", '') },
    'binary of 1 MiB' => sub { echo($_[0], 'binary', bytes($limit)) },
    'ping' => sub {
        my ($peer) = @_;
        for my $data ('', 'are you there?') {
            $peer->ping($data);
            expect($peer, 'pong', $data);
        }
    },
    # The cuts fall into characters, and a ping goes between.
    'fragments' => sub {
        my ($peer) = @_;
        for my $type ('text', 'binary') {
            $peer->fragments($type, substr($snowman, 0, 2), substr($snowman, 2, 7), substr($snowman, 9));
            expect($peer, 'pong', 'between');
            expect($peer, $type, $snowman);
        }
    },
);

my %hixie = (
    'message in pieces' => sub {
        my ($peer) = @_;
        for my $piece (unpack '(a5)*', $peer->frame(type => 'text', buffer => $snowman) x 2) {
            $peer->put($piece);
            sleep 0.005; # so that it travels alone
        }
        expect($peer, 'text', $snowman) for 1 .. 2;
    },
);

for my $dialect (@dialects) {
    my %all = (%cases, $dialect =~ /Hixie/ ? %hixie : %hybi);
    for my $name (sort keys %all) {
        my $began = time;
        alarm $patience;
        my $error = '';
        eval {
            my $peer = Peer->dial($address, $dialect);
            $all{$name}->($peer);
            $peer->disconnect;
            1;
        } or $error = $@ || 'unknown';
        alarm 0;
        print JSON::PP::encode_json({case => "$dialect/$name", error => $error, ms => int((time - $began) * 1000)}), "\n";
    }
}
