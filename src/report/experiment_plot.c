#include "report/experiment_plot.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/plan.h"

/* "Batch size" and its unit become "batch size (images)". */
static void name_axis(fm_experiment_plot *out, const fm_option *option) {
    snprintf(out->x_label, sizeof out->x_label, "%s%s%s%s", option->label, option->unit ? " (" : "",
             option->unit ? option->unit : "", option->unit ? ")" : "");
    out->x_label[0] = (char)tolower((unsigned char)out->x_label[0]);
    snprintf(out->title, sizeof out->title, "Accuracy by %s", option->label);
    char *name = strchr(out->title, '\0') - strlen(option->label);
    *name = (char)tolower((unsigned char)*name);
}

void fm_experiment_plot_make(fm_experiment_plot *out, const fm_plan *plan,
                             const fm_conclusion *conclusion) {
    const size_t count = plan->value_count;
    const fm_option *option = fm_factor_option(plan->factor);
    const int named = !fm_factor_is_number(plan->factor);
    snprintf(out->title, sizeof out->title, "Accuracy of the final run");
    out->x_label[0] = '\0';
    if (option)
        name_axis(out, option);
    for (size_t v = 0; v < count; v++) {
        const fm_value_result *r = &conclusion->value[v];
        out->x[v] = strtod(plan->value[v], NULL);
        out->mean[v] = r->n ? 100 * r->mean : (double)NAN;
        out->sd[v] = 100 * r->sd;
        out->names[v] = plan->value[v];
    }
    out->plot = (fm_plot){
        .title = out->title,
        .x_label = out->x_label,
        .y_label = "validation accuracy (%)",
        .log_x = option && option->explore.log_axis,
        .categories = named ? out->names : NULL,
        .category_count = named ? count : 0,
        .series = {{.x = named ? NULL : out->x, .y = out->mean, .error = out->sd, .count = count}},
        .series_count = 1,
    };
}
