#include "cli/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *at(const cJSON *o, const char *outer, const char *inner)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(o, outer);
    return inner ? cJSON_GetObjectItemCaseSensitive(item, inner) : item;
}

static double number(const cJSON *o, const char *outer, const char *inner)
{
    const cJSON *item = at(o, outer, inner);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static void print_failures(const cJSON *o)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, at(o, "failures", NULL))
    {
        const char *cause = cJSON_GetStringValue(at(item, "cause", NULL));
        printf("failed       image %.0f: %s\n", number(item, "image", NULL),
               cause ? cause : "");
    }
}

static void print_text(const cJSON *o, const char *folder)
{
    printf("images       %.0f simulated, %.0f failed\n", number(o, "images", NULL),
           number(o, "failed", NULL));
    printf("accuracy     network %.1f +- %.1f %%, circuit %.1f +- %.1f %%\n",
           100 * number(o, "native", "accuracy"),
           100 * number(o, "native", "standard_error"),
           100 * number(o, "circuit", "accuracy"),
           100 * number(o, "circuit", "standard_error"));
    printf("agreement    %.2f %% of the images\n", 100 * number(o, "agreement", NULL));
    printf("maxima       correlation %.6f, error %.3f %% rms, %.3f %% at most\n",
           number(o, "correlation", NULL), 100 * number(o, "error_rms", NULL),
           100 * number(o, "error_max", NULL));
    printf("speed        %.2f images per second, %.0f simulated now, %.0f found\n",
           number(o, "images_per_second", NULL), number(o, "simulated_now", NULL),
           number(o, "found", NULL));
    print_failures(o);
    printf("report       %s/report.html\n", folder);
}

int outcome_print(const struct cli *c, int status, struct campaign_result *r)
{
    if (status == 0 && c->json) {
        char *text = cJSON_Print(r->json);
        puts(text);
        cJSON_free(text);
    } else if (status == 0) {
        print_text(r->json, r->folder);
    }
    cJSON_Delete(r->json);
    free(r->folder);
    r->json = NULL;
    r->folder = NULL;
    if (status < 0)
        return status;
    return r->failed ? EXIT_UNITS : EXIT_GOOD;
}
