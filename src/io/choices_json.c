#include "io/choices_json.h"

#include "io/json.h"

json_t *fm_choices_json(const fm_choices *choices) {
    json_t *object = choices ? json_object() : json_null();
    for (size_t i = 0; choices && i < FM_CHOICES; i++)
        fm_json_set(&object, fm_choice_get(i)->name, json_integer(fm_choice_value(choices, i)));
    return object;
}

int fm_choices_from_json(fm_choices *out, const json_t *object) {
    for (size_t i = 0; i < FM_CHOICES; i++) {
        const json_t *value = json_object_get(object, fm_choice_get(i)->name);
        const json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || !fm_choice_allows(i, number))
            return 0;
        fm_choice_set(out, i, (int)number);
    }
    return json_object_size(object) == FM_CHOICES;
}
