package server

import (
	"context"
	"slices"
	"strings"

	harmonizerv1 "github.com/open-harmonizer/harmonizer/gen/go/harmonizer/v1"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/entity"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/fault"
	"github.com/open-harmonizer/harmonizer/go-harmonizer/internal/rule"
)

// ListEntities returns the entities of the rule book.
func (s *service) ListEntities(context.Context, *harmonizerv1.ListEntitiesRequest) (*harmonizerv1.ListEntitiesResponse, error) {
	out := &harmonizerv1.ListEntitiesResponse{}
	for _, e := range entity.All() {
		out.Entities = append(out.Entities, entityInfo(e))
	}
	return out, nil
}

// GetEntity returns one entity.
func (s *service) GetEntity(_ context.Context, r *harmonizerv1.GetEntityRequest) (*harmonizerv1.GetEntityResponse, error) {
	e, ok := entity.Named(r.GetName())
	if !ok {
		return nil, fault.New(fault.NotFound, "ENTITY_NOT_FOUND", "there is no such entity: ListEntities names them")
	}
	return &harmonizerv1.GetEntityResponse{Entity: entityInfo(e)}, nil
}

func entityInfo(e *entity.Entity) *harmonizerv1.EntityInfo {
	out := &harmonizerv1.EntityInfo{Name: e.Name, OmopTable: e.OMOP, FileTokens: slices.Clone(e.FileTokens)}
	if len(e.FHIR) > 0 {
		out.FhirResource = e.FHIR[0]
	}
	for i := range e.Fields {
		f := &e.Fields[i]
		out.Fields = append(out.Fields, &harmonizerv1.FieldInfo{Name: f.Name, Type: f.Type, Required: f.Required, OneOf: f.OneOf,
			Aliases: f.AliasKeys(), Standardization: slices.Clone(f.Std), Validation: slices.Clone(f.Val), FhirPath: f.FHIR,
			OmopColumn: f.OMOP, DerivedFrom: f.DerivedFrom})
	}
	return out
}

// ListRules returns the table of rules.
func (s *service) ListRules(context.Context, *harmonizerv1.ListRulesRequest) (*harmonizerv1.ListRulesResponse, error) {
	fields := fieldsByRule()
	out := &harmonizerv1.ListRulesResponse{}
	for _, r := range rule.Table() {
		out.Rules = append(out.Rules, &harmonizerv1.RuleInfo{Id: r.ID, Title: r.Title, Stage: string(r.Stage),
			Category: r.Category, Subcategory: r.Subcategory, Fields: fields(r.ID)})
	}
	return out, nil
}

// fieldsByRule returns the fields that name a rule, or its family as in STD-DATE-*.
func fieldsByRule() func(id string) []string {
	byName := map[string][]string{}
	for _, e := range entity.All() {
		for _, f := range e.Fields {
			for _, id := range slices.Concat(f.Std, f.Val) {
				byName[id] = append(byName[id], e.Name+"."+f.Name)
			}
		}
	}
	return func(id string) []string {
		all := byName[id]
		if at := strings.LastIndexByte(id, '-'); at > 0 {
			all = slices.Concat(all, byName[id[:at]+"-*"])
		}
		return all
	}
}
