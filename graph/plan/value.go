package plan

import "reflect"

// occurrences are the values at a place, each once, with how often it stands in the answer there.
type occurrences struct {
	values []any
	counts []int
	index  map[any]int
}

// add notes that a value stands at the place a number of times more.
func (o *occurrences) add(value any, count int) {
	if o.index == nil {
		o.index = map[any]int{}
	}
	if i, known := o.index[value]; known {
		o.counts[i] += count
		return
	}
	o.index[value] = len(o.values)
	o.values = append(o.values, value)
	o.counts = append(o.counts, count)
}

// records is how many records the values are, repetitions included: a page counts as many as it holds.
func (o *occurrences) records() int {
	n := 0
	for i, value := range o.values {
		if held, ok := value.(interface{ Records() int }); ok {
			n += held.Records() * o.counts[i]
		}
	}
	return n
}

// each calls do for every object in a value: itself, or the elements of a list. Nothing is left out but nil.
func each(value any, do func(any)) {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Slice:
		for i := range v.Len() {
			each(v.Index(i).Interface(), do)
		}
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			do(value)
		}
	case reflect.Struct:
		do(value)
	}
}

// goTypeName is the name of a value's type, which is the schema's but for upper and lower case.
func goTypeName(value any) string {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}
