#include "cli/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "io/json.h"

int cli_json_print(json_t *document, fm_error *error) {
    char *text;
    int status = fm_json_write(&text, document, error);
    if (status)
        return status;
    fputs(text, stdout);
    free(text);
    return FM_OK;
}
