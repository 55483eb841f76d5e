#include "cli/outcome.h"

#include "base/text.h"
#include "report/json.h"
#include "report/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double number(const cJSON *o, const char *key)
{
    return json_get(o, key, 0);
}

static void print_failures(const cJSON *o)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(o, "failures"))
    {
        const char *cause =
            cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "cause"));
        char shown[1024] = "";
        text_printable(cause ? strlen(cause) : 0, cause ? cause : "", sizeof shown,
                       shown);
        printf("failed       image %.0f: %s\n", number(item, "image"), shown);
    }
}

static void share(const cJSON *o, const char *who, char out[SUMMARY_SHARE])
{
    const cJSON *of = cJSON_GetObjectItemCaseSensitive(o, who);
    summary_share(number(of, "accuracy"), number(of, "wilson_low"),
                  number(of, "wilson_high"), out);
}

static void print_agreement(const cJSON *o)
{
    double ties = number(o, "ties"), scored = number(o, "images") - number(o, "failed");
    if (ties > 0 && ties >= scored)
        printf("agreement    none to tell: all images are ties\n");
    else
        printf("agreement    %.2f %% of the images%s\n", 100 * number(o, "agreement"),
               ties > 0 ? " that are no ties" : "");
    if (ties > 0)
        printf("ties         %.0f of %.0f images (left open by the network %.0f, by the "
               "circuit %.0f)\n",
               ties, scored, number(o, "native_ties"), number(o, "circuit_ties"));
}

static void print_marks(const cJSON *o)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(o, "marks"))
        printf("WARNING      %s\n", cJSON_GetStringValue(item));
}

static void print_text(const cJSON *o, const char *folder)
{
    const char *provenance =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "provenance"));
    char native[SUMMARY_SHARE], circuit[SUMMARY_SHARE];
    share(o, "native", native);
    share(o, "circuit", circuit);
    printf("images       %.0f simulated, %.0f failed\n", number(o, "images"),
           number(o, "failed"));
    printf("accuracy     network %s, circuit %s\n", native, circuit);
    if (provenance && strcmp(provenance, "known") != 0)
        printf("provenance   %s\n", provenance);
    print_agreement(o);
    printf("maxima       correlation %.6f, error %.3f %% rms, %.3f %% at most\n",
           number(o, "correlation"), 100 * number(o, "error_rms"),
           100 * number(o, "error_max"));
    printf("             over the image's own largest: %.3f %% rms, %.3f %% at most\n",
           100 * number(o, "error_rms_own"), 100 * number(o, "error_max_own"));
    printf("speed        %.2f images per second, %.0f simulated now, %.0f found\n",
           number(o, "images_per_second"), number(o, "simulated_now"),
           number(o, "found"));
    print_failures(o);
    print_marks(o);
    printf("report       %s/report.html\n", folder);
}

int outcome_print(const struct cli *c, int status, struct verify_result *r)
{
    if (status == 0 && c->json)
        json_print(r->json);
    else if (status == 0)
        print_text(r->json, r->folder);
    cJSON_Delete(r->json);
    free(r->folder);
    r->json = NULL;
    r->folder = NULL;
    if (status < 0)
        return status;
    return r->failed ? EXIT_UNITS : EXIT_GOOD;
}
