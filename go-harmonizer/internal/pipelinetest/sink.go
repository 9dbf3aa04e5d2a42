// Package pipelinetest takes what a run writes, checks that it keeps its promises, and finds the cases of tests/cases.
package pipelinetest

import (
	"fmt"
	"strconv"

	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/encode"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/pipeline"
)

// Sink keeps all that a run writes. The zero value is empty.
type Sink struct {
	// Files are the artifacts by name, Order their names as they began.
	Files map[string][]byte
	Order []string
	// Fields are the schemas by entity, Rows the records; a null is nil. Those of a job's second file and further ones stand under the
	// entity with ".2" and so on.
	Fields map[string][]string
	Rows   map[string][][]*string
	// Marks are the amendments.
	Marks []pipeline.Mark
	// Err, when it is set, is asked before every call.
	Err func() error
}

func (s *Sink) ask() error {
	if s.Files == nil {
		s.Files, s.Fields, s.Rows = map[string][]byte{}, map[string][]string{}, map[string][][]*string{}
	}
	if s.Err != nil {
		return s.Err()
	}
	return nil
}

// Artifact implements pipeline.Sink.
func (s *Sink) Artifact(_ pipeline.Kind, name string, data []byte) error {
	if err := s.ask(); err != nil {
		return err
	}
	if _, known := s.Files[name]; !known {
		s.Order = append(s.Order, name)
	}
	s.Files[name] = append(s.Files[name], data...)
	return nil
}

// of names the records of an entity of a file.
func of(file int, entity string) string {
	if file == 0 {
		return entity
	}
	return entity + "." + strconv.Itoa(file+1)
}

// Schema implements pipeline.Sink; a second schema of an entity fails.
func (s *Sink) Schema(file int, entity string, fields []string) error {
	if err := s.ask(); err != nil {
		return err
	}
	entity = of(file, entity)
	if s.Fields[entity] != nil {
		return fmt.Errorf("entity %s has two schemas", entity)
	}
	s.Fields[entity] = append([]string(nil), fields...)
	return nil
}

// Records implements pipeline.Sink; records before their schema fail.
func (s *Sink) Records(file int, entity string, cells *encode.Cells, kept []int) error {
	if err := s.ask(); err != nil {
		return err
	}
	entity = of(file, entity)
	if len(s.Fields[entity]) != len(cells.Spans) {
		return fmt.Errorf("entity %s: %d columns, the schema has %d", entity, len(cells.Spans), len(s.Fields[entity]))
	}
	for _, i := range kept {
		row := make([]*string, len(cells.Spans))
		for c, spans := range cells.Spans {
			if span := spans[i]; !span.Null {
				text := string(cells.Text[span.Off : span.Off+span.Len])
				row[c] = &text
			}
		}
		s.Rows[entity] = append(s.Rows[entity], row)
	}
	return nil
}

// Amend implements pipeline.Sink.
func (s *Sink) Amend(file int, marks []pipeline.Mark) error {
	if err := s.ask(); err != nil {
		return err
	}
	for _, m := range marks {
		m.Entity = of(file, m.Entity)
		s.Marks = append(s.Marks, m)
	}
	return nil
}

// Amended returns the records of an entity with the amendments applied.
func (s *Sink) Amended(entity string) [][]*string {
	fields, removed := s.Fields[entity], map[string]bool{}
	texts := map[string]map[string]string{}
	for _, m := range s.Marks {
		number := strconv.FormatInt(m.Number, 10)
		if m.Entity != entity {
			continue
		}
		removed[number] = removed[number] || m.Removed
		if texts[number] == nil {
			texts[number] = map[string]string{}
		}
		if m.Failed {
			texts[number]["record_status"] = "error"
		}
		if m.CollisionGroup != "" {
			texts[number]["collision_group"] = m.CollisionGroup
		}
		if m.SupersededBy != "" {
			texts[number]["superseded_by"] = m.SupersededBy
		}
	}
	var rows [][]*string
	for _, row := range s.Rows[entity] {
		number := field(fields, row, "record_no")
		if removed[number] {
			continue
		}
		rows = append(rows, amend(fields, row, texts[number]))
	}
	return rows
}

func field(fields []string, row []*string, name string) string {
	for i, f := range fields {
		if f == name && row[i] != nil {
			return *row[i]
		}
	}
	return ""
}

func amend(fields []string, row []*string, texts map[string]string) []*string {
	out := append([]*string(nil), row...)
	for i, f := range fields {
		if text, ok := texts[f]; ok {
			out[i] = &text
		}
	}
	return out
}
