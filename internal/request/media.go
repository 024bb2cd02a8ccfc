package request

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// The media types of answers (GraphQL over HTTP, "Media Types").
const (
	// JSON is for those who know no other: the status of what is answered to a well-formed request is 200.
	JSON = "application/json"
	// GraphQLResponse is for those who go by the status: it is 4xx where nothing was executed.
	GraphQLResponse = "application/graphql-response+json"
)

// MediaType is the media type of the answer to a request, by its header Accept (RFC 9110, 12.5.1): the one that is wanted
// more, or else is named first; JSON if none is named. ok is false if the header allows neither.
func MediaType(header http.Header) (mediaType string, ok bool) {
	accept := strings.Join(header.Values("Accept"), ",")
	switch accept {
	case "", "*/*", JSON:
		return JSON, true
	case GraphQLResponse:
		return GraphQLResponse, true
	}
	ranges := readRanges(accept)
	if len(ranges) == 0 {
		return JSON, true // as if there were none
	}
	plain, graphql := wishFor(JSON, ranges), wishFor(GraphQLResponse, ranges)
	switch {
	case graphql.quality > plain.quality, graphql.quality == plain.quality && graphql.position < plain.position:
		return GraphQLResponse, graphql.quality > 0
	default:
		return JSON, plain.quality > 0
	}
}

// mediaRange is a part of the header Accept.
type mediaRange struct {
	mediaType string
	quality   float64
}

// readRanges reads the header Accept. What can't be read is passed over.
func readRanges(accept string) (ranges []mediaRange) {
	for part := range strings.SplitSeq(accept, ",") {
		mediaType, parameters, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, weighted := parameters["q"]; weighted {
			if quality, err = strconv.ParseFloat(q, 64); err != nil {
				continue
			}
		}
		ranges = append(ranges, mediaRange{mediaType, quality})
	}
	return ranges
}

// wish is how much a media type is wanted, and where that is said.
type wish struct {
	quality  float64
	position int
}

// wishFor looks up the range that fits a media type of application best.
func wishFor(mediaType string, ranges []mediaRange) wish {
	for _, fitting := range []string{mediaType, "application/*", "*/*"} {
		for position, r := range ranges {
			if r.mediaType == fitting {
				return wish{r.quality, position}
			}
		}
	}
	return wish{}
}
