/* One table each, made once and read by all writers, so that the CSV files and the data
 * base cannot differ. */
#include "report/score_tables.h"

#include "num/stats.h"
#include "report/table.h"

#include <math.h>

static const char maxima_columns[] =
    "position:integer,image:integer,label:integer,neuron:integer,circuit_V,circuit_s,"
    "rest_V,native,native_s,error,status:text,rung:integer";

static const char image_columns[] =
    "position:integer,image:integer,label:integer,native_answer:integer,"
    "circuit_answer:integer,native_margin,circuit_margin,status:text,rung:integer,"
    "cause:text";

static double unless_failed(const struct score_image *s, double x)
{
    return s->failed ? NAN : x;
}

/* A row of maxima_columns. */
static void put_maximum(struct table *t, const struct score_set *set,
                        const struct score_summary *sum, size_t position, size_t neuron)
{
    const struct score_image *s = &set->image[position];
    double circuit_V = s->circuit_V[neuron], native = s->native[neuron];
    table_numbers(
        t, 10,
        (double[]){(double)position, (double)s->image, s->label, (double)neuron,
                   unless_failed(s, circuit_V), unless_failed(s, s->circuit_s[neuron]),
                   unless_failed(s, s->rest_V[neuron]), native, s->native_s[neuron],
                   unless_failed(s, scores_error(sum, circuit_V, native))});
    table_text(t, s->failed ? "failed" : "ok");
    table_number(t, unless_failed(s, s->rung));
}

/* A row of image_columns. What an earlier attempt died of is no result. */
static void put_image(struct table *t, const struct score_set *set, size_t position)
{
    const struct score_image *s = &set->image[position];
    size_t n = set->outputs;
    table_numbers(t, 7,
                  (double[]){(double)position, (double)s->image, s->label,
                             (double)stats_argmax(n, s->native),
                             unless_failed(s, (double)stats_argmax(n, s->circuit_V)),
                             scores_margin(n, s->native),
                             unless_failed(s, scores_margin(n, s->circuit_V))});
    table_text(t, s->failed ? "failed" : "ok");
    table_number(t, unless_failed(s, s->rung));
    table_text(t, s->failed ? s->cause : NULL);
}

static void put_fact(void *context, const char *key, const cJSON *value)
{
    table_text(context, key);
    if (cJSON_IsNumber(value))
        table_number(context, value->valuedouble);
    else
        table_text(context, cJSON_GetStringValue(value));
}

int score_tables_write(const char *folder, const struct score_set *set,
                       const struct score_summary *sum, const struct summary_facts *facts,
                       struct err *e)
{
    struct table t[3], *images = &t[0], *maxima = &t[1], *summary = &t[2];
    table_init(images, image_columns);
    table_init(maxima, maxima_columns);
    table_init(summary, "key:text,value:any");
    images->title = "images", images->key = "position";
    maxima->title = "maxima", maxima->key = "position, neuron";
    summary->title = "summary", summary->key = "key";
    for (size_t k = 0; k < set->images; k++) {
        put_image(images, set, k);
        for (size_t j = 0; j < set->outputs; j++)
            put_maximum(maxima, set, sum, k, j);
    }
    cJSON *json = summary_json(set, sum, facts);
    summary_each(json, put_fact, summary);
    cJSON_Delete(json);
    bool good = table_write(maxima, folder, SCORE_TABLES_MAXIMA, e) == 0 &&
                table_write(images, folder, SCORE_TABLES_IMAGES, e) == 0 &&
                tables_write(3, t, folder, SCORE_TABLES_DATABASE, e) == 0;
    for (size_t k = 0; k < 3; k++)
        table_finish(&t[k]);
    return good ? 0 : -1;
}
