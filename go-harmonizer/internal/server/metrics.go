package server

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// metrics count streams; no label holds anything of a file.
type metrics struct {
	open    prometheus.Gauge
	ended   *prometheus.CounterVec
	bytes   prometheus.Counter
	records prometheus.Counter
	issues  *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newMetrics(to prometheus.Registerer) *metrics {
	m := &metrics{
		open: prometheus.NewGauge(prometheus.GaugeOpts{Name: "harmonizer_streams_open", Help: "Streams that are worked on."}),
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "harmonizer_streams_total", Help: "Streams that ended."},
			[]string{"operation", "reason"}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "harmonizer_input_bytes_total", Help: "Bytes received."}),
		records: prometheus.NewCounter(prometheus.CounterOpts{Name: "harmonizer_records_total", Help: "Records standardized."}),
		issues: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "harmonizer_issues_total", Help: "Errors and warnings found."},
			[]string{"severity"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "harmonizer_stream_seconds",
			Help: "Seconds from the spec to the summary.", Buckets: prometheus.ExponentialBuckets(0.005, 3, 12)}, []string{"operation"}),
	}
	if to != nil {
		to.MustRegister(m.open, m.ended, m.bytes, m.records, m.issues, m.seconds)
	}
	return m
}

// stream counts one stream; the function it returns ends it.
func (m *metrics) stream(operation string, p *pipeline.Progress) func(error) {
	start := time.Now()
	m.open.Inc()
	return func(err error) {
		m.open.Dec()
		m.ended.WithLabelValues(operation, reason(err)).Inc()
		m.bytes.Add(float64(p.Bytes.Load()))
		m.records.Add(float64(p.Finished.Load()))
		m.issues.WithLabelValues("error").Add(float64(p.Errors.Load()))
		m.issues.WithLabelValues("warning").Add(float64(p.Warnings.Load()))
		m.seconds.WithLabelValues(operation).Observe(time.Since(start).Seconds())
	}
}

// reason is the stable word for how a stream ended.
func reason(err error) string {
	var f *fault.Error
	switch {
	case err == nil:
		return "OK"
	case errors.As(err, &f):
		return f.Reason
	}
	return "ENDED"
}
