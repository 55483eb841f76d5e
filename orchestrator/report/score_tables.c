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
    "cause:text,answers:text,tied:text,error_max,error_max_own";

static const char native_columns[] =
    "position:integer,image:integer,neuron:integer,native,native_ms,paper,paper_w_0";

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

/* The largest error of an image, over the run's largest maximum and its own. */
static void put_errors(struct table *t, const struct score_set *set,
                       const struct score_summary *sum, const struct score_image *s)
{
    double largest = 0;
    for (size_t j = 0; j < set->outputs; j++)
        largest = fmax(largest, fabs(scores_error(sum, s->circuit_V[j], s->native[j])));
    table_number(t, unless_failed(s, largest));
    table_number(t, unless_failed(s, largest * scores_own(set, sum, s)));
}

/* Words of scores_answer, and who left it open. */
static void put_answer(struct table *t, const struct score_set *set,
                       const struct score_image *s)
{
    static const char *const words[] = {[SCORE_FAILED] = NULL,
                                        [SCORE_AGREE] = "agree",
                                        [SCORE_DISAGREE] = "disagree",
                                        [SCORE_TIE] = "tie"};
    bool native = scores_tie_native(set, s), circuit = scores_tie_circuit(set, s);
    table_text(t, words[scores_answer(set, s)]);
    table_text(t, native && circuit ? "both"
                  : native          ? "network"
                  : circuit         ? "circuit"
                                    : NULL);
}

/* A row of native_columns. */
static void put_natives(struct table *t, const struct score_set *set, size_t position,
                        size_t neuron)
{
    const struct score_image *s = &set->image[position];
    table_row(t, (double[]){(double)position, (double)s->image, (double)neuron,
                            s->native[neuron], s->native_ms[neuron], s->paper[neuron],
                            s->paper_offset[neuron]});
}

/* A row of image_columns. What an earlier attempt died of is no result. */
static void put_image(struct table *t, const struct score_set *set,
                      const struct score_summary *sum, size_t position)
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
    put_answer(t, set, s);
    put_errors(t, set, sum, s);
}

static void put_fact(void *context, const char *key, const cJSON *value)
{
    table_text(context, key);
    if (cJSON_IsNumber(value))
        table_number(context, value->valuedouble);
    else if (cJSON_IsBool(value))
        table_number(context, cJSON_IsTrue(value));
    else
        table_text(context, cJSON_GetStringValue(value));
}

int score_tables_write(const char *folder, const struct score_set *set,
                       const struct score_summary *sum, const struct summary_facts *facts,
                       struct err *e)
{
    struct table t[4], *images = &t[0], *maxima = &t[1], *summary = &t[2],
                       *natives = &t[3];
    table_init(images, image_columns);
    table_init(maxima, maxima_columns);
    table_init(summary, "key:text,value:any");
    table_init(natives, native_columns);
    images->title = "images", images->key = "position";
    maxima->title = "maxima", maxima->key = "position, neuron";
    summary->title = "summary", summary->key = "key";
    natives->title = "natives", natives->key = "position, neuron";
    for (size_t k = 0; k < set->images; k++) {
        put_image(images, set, sum, k);
        for (size_t j = 0; j < set->outputs; j++) {
            put_maximum(maxima, set, sum, k, j);
            put_natives(natives, set, k, j);
        }
    }
    cJSON *json = summary_json(set, sum, facts);
    summary_each(json, put_fact, summary);
    cJSON_Delete(json);
    bool good = table_write(maxima, folder, SCORE_TABLES_MAXIMA, e) == 0 &&
                table_write(images, folder, SCORE_TABLES_IMAGES, e) == 0 &&
                table_write(natives, folder, SCORE_TABLES_NATIVES, e) == 0 &&
                tables_write(4, t, folder, SCORE_TABLES_DATABASE, e) == 0;
    for (size_t k = 0; k < 4; k++)
        table_finish(&t[k]);
    return good ? 0 : -1;
}
