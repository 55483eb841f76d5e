#include "spice/worker.h"

#include "base/mem.h"
#include "spice/sandbox.h"

#include <math.h>
#include <ngspice/sharedspice.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ngspice keeps its state in globals, so what belongs to it may stand in ours. */
static struct {
    bool spent;
    struct buf said; /* messages since the last circuit was loaded */
    char version[32];
} worker;

#define SAID_LIMIT 65536

/* Addresses that a deck may take, in sizes after which a worker is replaced: 4 GB as a
 * rule. The largest decks of `verify --exact --dynamic` take 34 MB. */
enum { MEMORY_FACTOR = 8 };

/* Lines come as "stdout text" or "stderr text". */
static int on_message(char *line, int id, void *user)
{
    (void)id, (void)user;
    char *text = strchr(line, ' ');
    if (worker.said.len < SAID_LIMIT)
        buf_printf(&worker.said, "%.400s\n", text ? text + 1 : line);
    return 0;
}

static int on_status(char *line, int id, void *user)
{
    (void)line, (void)id, (void)user;
    return 0;
}

static int on_exit_request(int status, bool immediate, bool quit, int id, void *user)
{
    (void)status, (void)immediate, (void)quit, (void)id, (void)user;
    worker.spent = true;
    return 0;
}

static int command(const char *words)
{
    char line[256];
    snprintf(line, sizeof line, "%s", words);
    return ngSpice_Command(line);
}

/* `version` answers "ngspice-39.3 : Circuit level simulation program" or the like. */
static void learn_version(void)
{
    buf_clear(&worker.said);
    command("version -f");
    const char *p = strstr(buf_text(&worker.said), "ngspice-");
    snprintf(worker.version, sizeof worker.version, "%.*s",
             p ? (int)strspn(p + 8, "0123456789.+") : 0, p ? p + 8 : "");
}

/* Nothing of ngspice's environment. Where no .spiceinit stands it takes the one in the
 * home folder of the user data base, whatever HOME says; so an empty one stands here. */
static int settle(struct err *e)
{
    static const char *const unwanted[] = {"SPICE_LIB_DIR",     "SPICE_SCRIPTS",
                                           "SPICE_PATH",        "SPICE_ASCIIRAWFILE",
                                           "NGSPICE_INPUT_DIR", "SPICE_EXEC_DIR"};
    for (size_t i = 0; i < sizeof unwanted / sizeof unwanted[0]; i++)
        unsetenv(unwanted[i]);
    setenv("OMP_NUM_THREADS", "1", 1);
    FILE *settings = fopen(".spiceinit", "w");
    if (!settings || fclose(settings) != 0)
        return err_errno(e, "write", "a worker's .spiceinit");
    return 0;
}

int worker_start(const struct pool_options *o, struct err *e)
{
    if (settle(e) < 0)
        return -1;
    if (ngSpice_Init(on_message, on_status, on_exit_request, NULL, NULL, NULL, NULL) != 0)
        return err_set(e, ERR_SIMULATOR, "libngspice does not start");
    command("set num_threads=1"); /* the pool is what uses the cores */
    learn_version();
    /* Code models are those of ngspice's own spinit, loaded by now. One that a study
     * names would have to be loaded here: behind this line no library can be. */
    return sandbox_enter(&(struct sandbox){.readable = o->readable,
                                           .memory_MB = MEMORY_FACTOR * o->memory_MB},
                         e);
}

const char *worker_ngspice_version(void)
{
    return worker.version;
}

bool worker_spent(void)
{
    return worker.spent;
}

/* Hands over the deck as an array of lines, which ngspice copies. */
static int load(const char *deck)
{
    char *text = mem_copy_string(deck), *rest = text, *line;
    size_t lines = 0;
    for (const char *c = deck; *c; c++)
        lines += *c == '\n';
    char **array = mem_alloc(lines + 2, sizeof *array);
    size_t n = 0;
    while ((line = strsep(&rest, "\n")))
        if (*line && n <= lines)
            array[n++] = line;
    array[n] = NULL;
    int status = ngSpice_Circ(array);
    free(array);
    free(text);
    return status;
}

/* What a message says of a failure, and how many lines it takes at most. */
struct phrase {
    const char *text;
    int lines;
    const char *but; /* not where this is said too; or NULL */
};

/* Faults of a model. They are told before all others, which follow from them. */
static const struct phrase of_models[] = {
    {"undefined parameter", 1, NULL}, {"out of range for", 2, NULL},
    {"no such function", 2, NULL},    {"unknown subckt", 1, NULL},
    {"syntax error", 2, NULL},        {"can't find model", 2, NULL}};

/* Notes of gmin or source stepping are not among them: those may end well. */
static const struct phrase of_convergence[] = {
    {"timestep too small", 1, NULL}, {"singular matrix", 1, NULL},
    {"no convergence", 1, NULL},     {"iteration limit", 1, NULL},
    {"failed to converge", 1, NULL}, {"convergence problem", 1, NULL}};
static const struct phrase of_errors[] = {
    {"error on line", 2, NULL}, {"error", 1, NULL},      {"unknown", 1, NULL},
    {"fatal", 1, NULL},         {"can't find", 1, NULL}, {"could not find", 1, NULL}};

enum {
    MODELS = sizeof of_models / sizeof of_models[0],
    CONVERGENCE = sizeof of_convergence / sizeof of_convergence[0],
    ERRORS = sizeof of_errors / sizeof of_errors[0]
};

/* The phrase that a message has. Not those of a deck's title, which are its author's
 * words, nor of ngspice's farewell. */
static const struct phrase *names(const char *line, size_t n,
                                  const struct phrase phrase[n])
{
    if (strncmp(line, "Circuit:", 8) == 0 || strstr(line, "awaits to be detached"))
        return NULL;
    for (size_t k = 0; k < n; k++)
        if (strcasestr(line, phrase[k].text) &&
            !(phrase[k].but && strstr(line, phrase[k].but)))
            return &phrase[k];
    return NULL;
}

/* A run of blanks and line ends is one blank, a control character a `?`. */
static void tidy(char *text)
{
    char *to = text;
    for (const char *c = text; *c; c++) {
        bool control = (unsigned char)*c < ' ' || *c == 0x7f;
        char next = *c == '\n' ? ' ' : control ? '?' : *c;
        if (next != ' ' || (to > text && to[-1] != ' '))
            *to++ = next;
    }
    *to = '\0';
}

void worker_quote(const char *message, const char *phrase, bool whole, size_t size,
                  char out[])
{
    if (whole)
        snprintf(out, size, "%s", message);
    else
        snprintf(out, size,
                 "the simulator says \"%s\"; its words may hold those of other files, "
                 "which this kernel does not hide from decks (no Landlock)",
                 phrase);
    tidy(out);
}

/* How long so many lines are. "Error on line:" is none without the next one; and nothing
 * of what ngspice adds to all that it cannot read. */
static size_t words_of(const char *line, int lines)
{
    const char *end = line;
    for (int k = 0; k < lines && *end; k++) {
        if (strncmp(end, "parameter value out of range", 28) == 0)
            break;
        k -= strncmp(end, "Error on line:", 14) == 0;
        end += strcspn(end, "\n");
        end += *end == '\n';
    }
    while (end > line && strchr(" \n", end[-1]))
        end--;
    return (size_t)(end - line);
}

static bool find_line(size_t n, const struct phrase phrase[n], size_t size, char out[])
{
    const char *line = buf_text(&worker.said);
    for (; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        struct buf first = {0}, all = {0};
        buf_append(&first, line, strcspn(line, "\n"));
        const struct phrase *found = names(buf_text(&first), n, phrase);
        buf_finish(&first);
        if (!found)
            continue;
        buf_append(&all, line, words_of(line, found->lines));
        worker_quote(buf_text(&all), found->text, sandbox_hides_files(), size, out);
        buf_finish(&all);
        return true;
    }
    return false;
}

/* A simulation that comes to its end though a line of the deck was not understood is one
 * of another circuit. What ngspice calls a warning or a note is harmless or shows in the
 * numbers: an .ic or .nodeset of a node that is not there, a model's parameter that it
 * does not know, a measurement that finds nothing; and on the way to a solution: steps of
 * gmin and of sources, a singular matrix, a function out of its range (which ngspice calls
 * an error). Test: errors_are_failures. */
static void heed_errors(struct sim_result *r, struct trace *t)
{
    static const struct phrase of[] = {{"error on line", 2, NULL},
                                       {"error:", 1, "out of range for"}};
    if (r->status != SIM_OK || !find_line(2, of, sizeof r->cause, r->cause))
        return;
    r->status = SIM_BAD_DECK;
    trace_finish(t);
}

/* ngspice says no more than that when a file is there and cannot be opened. */
static void explain(size_t size, char cause[])
{
    size_t n = strlen(cause);
    if (strstr(cause, "statement failed"))
        snprintf(cause + n, size - n,
                 " A deck may include what the study names, no more.");
}

static struct sim_result failure(double reached_s, double stop_s)
{
    struct sim_result r = {.status = SIM_NO_CONVERGENCE};
    char model[sizeof r.cause] = "";
    bool told = find_line(MODELS, of_models, sizeof model, model);
    bool gave_up = find_line(CONVERGENCE, of_convergence, sizeof r.cause, r.cause);
    if (!gave_up && reached_s > 0)
        snprintf(r.cause, sizeof r.cause, "ended at %g s of %g s", reached_s, stop_s);
    if (told)
        memcpy(r.cause, model, sizeof model);
    if (gave_up || reached_s > 0)
        return r;
    r.status = SIM_BAD_DECK;
    if (!told && !find_line(ERRORS, of_errors, sizeof r.cause, r.cause))
        snprintf(r.cause, sizeof r.cause, "the simulator returned no vectors");
    explain(sizeof r.cause, r.cause);
    return r;
}

static const double *vector(const char *name, size_t points)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", name);
    pvector_info v = ngGet_Vec_Info(copy);
    if (!v || !v->v_realdata || v->v_length < 0 ||
        (points && (size_t)v->v_length != points))
        return NULL;
    return v->v_realdata;
}

static size_t vector_length(const char *name)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", name);
    pvector_info v = ngGet_Vec_Info(copy);
    return v && v->v_realdata && v->v_length > 0 ? (size_t)v->v_length : 0;
}

static bool all_finite(size_t n, const double x[n])
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static struct sim_result fetch(const char *scale, double stop_s, size_t count,
                               const char *const names[], struct trace *t)
{
    struct sim_result r = {.status = SIM_OK};
    size_t points = vector_length(scale);
    const double *time_s = points ? vector(scale, points) : NULL;
    if (!time_s || !(time_s[points - 1] >= stop_s * (1 - 1e-9)))
        return failure(time_s ? time_s[points - 1] : 0, stop_s);
    trace_init(t, points, count);
    memcpy(t->time_s, time_s, points * sizeof(double));
    for (size_t k = 0; k < count; k++) {
        const double *v = vector(names[k], points);
        if (!v || !all_finite(points, v)) {
            r.status = v ? SIM_NO_CONVERGENCE : SIM_BAD_DECK;
            snprintf(r.cause, sizeof r.cause,
                     v ? "vector %s is not finite" : "no vector %s", names[k]);
            trace_finish(t);
            return r;
        }
        t->name[k] = mem_copy_string(names[k]);
        memcpy(t->value[k], v, points * sizeof(double));
    }
    return r;
}

static const ngcomplex_t *complex_vector(const char *name, size_t *points)
{
    char copy[128];
    snprintf(copy, sizeof copy, "%s", name);
    pvector_info v = ngGet_Vec_Info(copy);
    if (!v || !v->v_compdata || v->v_length <= 0 ||
        (*points && (size_t)v->v_length != *points))
        return NULL;
    *points = (size_t)v->v_length;
    return v->v_compdata;
}

static bool take_complex(const char *name, struct trace *t, size_t k)
{
    size_t points = t->points;
    const ngcomplex_t *v = complex_vector(name, &points);
    for (size_t i = 0; v && i < points; i++) {
        t->value[2 * k][i] = v[i].cx_real;
        t->value[2 * k + 1][i] = v[i].cx_imag;
    }
    return v && all_finite(points, t->value[2 * k]) &&
           all_finite(points, t->value[2 * k + 1]);
}

static struct sim_result fetch_small_signal(size_t count, const char *const names[],
                                            struct trace *t)
{
    struct sim_result r = {.status = SIM_OK};
    size_t points = 0;
    const ngcomplex_t *f = complex_vector("frequency", &points);
    if (!f)
        return failure(0, 1);
    trace_init(t, points, 2 * count);
    for (size_t i = 0; i < points; i++)
        t->time_s[i] = f[i].cx_real;
    for (size_t k = 0; k < count; k++) {
        if (!take_complex(names[k], t, k)) {
            r.status = SIM_BAD_DECK;
            snprintf(r.cause, sizeof r.cause, "no vector %s", names[k]);
            trace_finish(t);
            return r;
        }
        t->name[2 * k] = mem_copy_string(names[k]);
        t->name[2 * k + 1] = mem_copy_string(names[k]);
    }
    return r;
}

struct sim_result worker_small_signal(const char *deck, size_t count,
                                      const char *const vectors[], struct trace *t)
{
    *t = (struct trace){0};
    buf_clear(&worker.said);
    int refused = load(deck);
    if (!refused && !worker.spent)
        command("run");
    struct sim_result r = refused ? failure(0, 1) : fetch_small_signal(count, vectors, t);
    heed_errors(&r, t);
    if (!worker.spent) {
        command("destroy all");
        command("remcirc");
    }
    return r;
}

static struct sim_result simulate(const char *deck, const char *scale, double stop_s,
                                  size_t count, const char *const vectors[],
                                  struct trace *t)
{
    *t = (struct trace){0};
    buf_clear(&worker.said);
    int refused = load(deck);
    if (!refused && !worker.spent)
        command("run");
    struct sim_result r =
        refused ? failure(0, stop_s) : fetch(scale, stop_s, count, vectors, t);
    heed_errors(&r, t);
    if (!worker.spent) { /* both: one alone leaks about 1.5 MB a run */
        command("destroy all");
        command("remcirc");
    }
    return r;
}

struct sim_result worker_simulate(const char *deck, double stop_s, size_t count,
                                  const char *const vectors[], struct trace *t)
{
    return simulate(deck, "time", stop_s, count, vectors, t);
}

struct sim_result worker_sweep(const char *deck, size_t count,
                               const char *const vectors[], struct trace *t)
{
    return simulate(deck, "v-sweep", -1e300, count, vectors, t);
}
