#include "app/sweep_trials.h"

#include "app/training.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- points and trials ---- */

void sweep_trial_name(const struct sweep_trials *t, size_t job, struct buf *out)
{
    size_t point = job / t->trials, trial = job % t->trials;
    for (size_t i = 0; i < t->axes.count; i++)
        buf_printf(out, "%s%s=%s", i ? " " : "", t->axes.axis[i].key,
                   t->axes.axis[i].value[axes_index(&t->axes, i, point)]);
    if (t->trials > 1)
        buf_printf(out, "%strial %zu", t->axes.count ? ", " : "", trial);
    if (!out->len)
        buf_puts(out, "the study");
}

void sweep_trials_draws(const struct sweep_trials *t, struct buf *out)
{
    const char *redraw = t->study->sweep.redraw;
    bool training = strstr(redraw, "training"), split = strstr(redraw, "split");
    buf_printf(out, "Trials draw tuning errors and read noise anew%s%s%s; %s.",
               training && split ? ", "
               : training        ? " and"
                                 : "",
               training ? " the training (start, order and noise)" : "",
               split ? " and the split into training and test images" : "",
               training || split ? "the circuit is the same"
                                 : "weights, images and split are the same");
}

/* `redraw` holds the words training and split and nothing else. */
static int read_redraw(struct sweep_trials *t, struct err *e)
{
    char *copy = mem_copy_string(t->study->sweep.redraw), *rest = copy, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, " ,"))) {
        if (strcmp(word, "training") == 0)
            t->redraws_training = true;
        else if (strcmp(word, "split") == 0)
            t->redraws_split = true;
        else if (*word)
            status =
                err_set(e, ERR_USAGE, "expected training or split, found `%.80s`", word);
    }
    free(copy);
    return status < 0 ? err_place(e, "sweep.redraw") : 0;
}

int sweep_trial_study(const struct sweep_trials *t, size_t job, struct study *s,
                      struct err *e)
{
    size_t point = job / t->trials, trial = job % t->trials;
    study_copy(s, t->study);
    if (axes_set(&t->axes, point, s, e) < 0)
        return -1;
    if (trial == 0)
        return 0;
    s->map.trial += (int64_t)trial;
    if (t->redraws_training || t->redraws_split) { /* the split follows train.seed */
        if (s->dataset.split_seed < 0)
            s->dataset.split_seed = s->train.seed;
        s->dataset.split_seed += t->redraws_split ? (int64_t)trial : 0;
        s->train.seed += t->redraws_training ? (int64_t)trial : 0;
    }
    return 0;
}

/* ---- weights ---- */

/* The lines of a study that weights depend on, files included. */
static char *training_lines(const struct study *s)
{
    struct buf b = {0};
    study_lines(s, STUDY_TRAINS, &b);
    buf_printf(&b, "%s %s %s %s", s->circuit.folder, s->circuit.variant,
               s->circuit.params, s->circuit.override);
    return b.data;
}

static bool is_usual(const struct sweep_trials *t, const struct study *s)
{
    AUTO(buf_finish) struct buf mine = {0}, usual = {0};
    study_lines(s, STUDY_TRAINS, &mine);
    study_lines(&t->usual, STUDY_TRAINS, &usual);
    return strcmp(buf_text(&mine), buf_text(&usual)) == 0;
}

static bool are_given(const struct study *s)
{
    return s->simulate.weights[0] || s->map.conductances[0];
}

static int train(struct sweep_trials *t, const struct study *s, char *lines,
                 struct err *e)
{
    struct training_result r;
    int status = training_run(s, t->root, NULL, t->folder, "train", &r, e);
    if (status == 0) {
        t->trained = mem_resize(t->trained, t->trainings + 1, sizeof *t->trained);
        t->trained[t->trainings++] =
            (struct sweep_trained){lines, path_join(r.folder, TRAINING_WEIGHTS)};
    } else {
        free(lines);
    }
    free(r.folder);
    return status;
}

bool sweep_trial_trains(const struct sweep_trials *t, const struct study *s)
{
    return !are_given(s) && !is_usual(t, s);
}

int sweep_trial_weights(struct sweep_trials *t, const struct study *s, const char **path,
                        struct err *e)
{
    *path = NULL;
    if (!sweep_trial_trains(t, s))
        return 0;
    char *lines = training_lines(s);
    for (size_t k = 0; k < t->trainings && !*path; k++)
        if (strcmp(t->trained[k].lines, lines) == 0)
            *path = t->trained[k].path;
    if (*path) {
        free(lines);
        return 0;
    }
    if (train(t, s, lines, e) < 0)
        return -1;
    *path = t->trained[t->trainings - 1].path;
    return 0;
}

/* Given weights are what they are: nothing that training alone depends on can be an axis
 * beside them. */
static int check_given(const struct sweep_trials *t, struct err *e)
{
    const struct study *s = t->study;
    bool given = are_given(s);
    const char *why = s->map.conductances[0] ? s->map.conductances : s->simulate.weights;
    for (size_t i = 0; i < t->axes.count; i++)
        if (strcmp(t->axes.axis[i].key, "simulate.weights") == 0 ||
            strcmp(t->axes.axis[i].key, "map.conductances") == 0) {
            given = true;
            why = t->axes.axis[i].key;
        }
    if (!given)
        return 0;
    for (size_t i = 0; i < t->axes.count; i++) {
        struct study_key k;
        if (study_find(t->axes.axis[i].key, &k, e) < 0)
            return -1;
        if (k.scope == STUDY_TRAINS) {
            err_set(e, ERR_USAGE, "%s changes nothing where weights are given by %s",
                    k.name, why);
            return err_hint(e, "leave out the weights, then each value trains its own");
        }
    }
    if (!t->redraws_training && !t->redraws_split)
        return 0;
    err_set(e, ERR_USAGE, "weights that are given by %s cannot be trained anew", why);
    return err_place(e, "sweep.redraw");
}

/* ---- experiments ---- */

int sweep_trial_open(struct sweep_trials *t, const struct study *s, const char *weights,
                     struct experiment *x, struct err *e)
{
    return experiment_open_like(x, t->first.study ? &t->first : NULL, s, t->root, weights,
                                e);
}

int sweep_trials_open_first(struct sweep_trials *t, bool may_train, struct err *e)
{
    struct err other;
    for (size_t job = 0; job < sweep_trials_count(t); job++) {
        struct err *said = job ? &other : e;
        const char *weights = NULL;
        int status = sweep_trial_study(t, job, &t->first_study, said);
        if (status == 0 && may_train)
            status = sweep_trial_weights(t, &t->first_study, &weights, said);
        if (status == 0)
            status = experiment_open(&t->first, &t->first_study, t->root, weights, said);
        if (status == 0)
            return 0;
        experiment_finish(&t->first);
        study_finish(&t->first_study);
        if (said->code == ERR_INTERRUPTED)
            break;
    }
    return -1;
}

/* ---- all of them ---- */

size_t sweep_trials_count(const struct sweep_trials *t)
{
    return t->axes.points * t->trials;
}

int sweep_trials_init(struct sweep_trials *t, const struct study *s, const char *root,
                      struct err *e)
{
    *t = (struct sweep_trials){
        .study = s, .root = root, .trials = (size_t)s->sweep.trials};
    study_init(&t->usual);
    if (axes_init(&t->axes, s, e) < 0 || read_redraw(t, e) < 0 || check_given(t, e) < 0)
        return -1;
    if (sweep_trials_count(t) <= AXES_POINTS)
        return 0;
    err_set(e, ERR_USAGE, "expected at most %d points times trials, found %zu x %zu",
            AXES_POINTS, t->axes.points, t->trials);
    return err_hint(e, "give fewer values or trials");
}

void sweep_trials_finish(struct sweep_trials *t)
{
    for (size_t k = 0; k < t->trainings; k++) {
        free(t->trained[k].lines);
        free(t->trained[k].path);
    }
    free(t->trained);
    experiment_finish(&t->first);
    study_finish(&t->first_study);
    study_finish(&t->usual);
    axes_finish(&t->axes);
}
