#include "support/parity.h"

fm_ops *reference;
implementation implementations[MOST_IMPLEMENTATIONS];
size_t implementation_count;

int parity_set_up(void **state) {
    (void)state;
    reference = implementation_reference();
    implementation_count = implementations_open(implementations);
    return 0;
}

int parity_tear_down(void **state) {
    (void)state;
    implementations_close();
    fm_ops_free(reference);
    return 0;
}
