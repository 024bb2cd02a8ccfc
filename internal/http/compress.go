package httpserver

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// minCompressed is how long an answer is at least that is compressed, in bytes: what is shorter is there in three packets.
const minCompressed = 4 << 10

// compress compresses the answers of next that are long, for those who take gzip (Accept-Encoding, RFC 9110, 12.5.3). The
// fastest level makes a quarter of JSON. zstd makes a little less of it, and takes a fifth more time.
func compress(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressed), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return wrap(next)
}
