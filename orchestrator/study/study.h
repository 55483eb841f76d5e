/* The study: everything that a user may choose, in one struct, one table and one file.
 *
 * An INI file with the sections below, `--set section.key=value` and the options of the
 * commands all end here; the table in study.c is the only place that knows a key's
 * name, type, range, default and meaning. The study owns its texts.
 *
 *     struct study s;
 *     study_init(&s);
 *     if (study_read(&s, "my.ini", e) < 0 || study_set(&s, "map.bits=3", e) < 0) ...
 *     study_finish(&s);
 */
#pragma once

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct study {
    struct {
        char *path;           /* files, comma separated */
        char *test_path;      /* test images of their own, or "" for a split */
        double test_fraction; /* of the images, when there is a split */
        int64_t split_seed;   /* -1: as train.seed, or as the weight file says */
    } dataset;
    struct {
        char *coding; /* latency, latency2, complement */
        double t_max_s, x_thr;
        int64_t window_ms;
        char *model; /* what training uses: double-exponential or circuit */
    } network;
    struct {
        int64_t seed, epochs, batch, bits;
        double rate, noise, scale; /* rate, scale: 0 = the usual ones */
        bool is_signed, ann;
    } train;
    struct {
        double g_low_S, g_high_S, tuning_error;
        int64_t bits;
        int64_t trial; /* which draw of the tuning errors */
        bool compensate;
        char *conductances; /* achieved ones, from `program`, or "" */
    } map;
    struct {         /* of reading (xbar/noise) */
        double read; /* deviation, relative; 0: none */
        char *of;    /* conductance, full-scale: what it is relative to */
        char *kind;  /* white, telegraph */
        double step_s, up_Hz, down_Hz;
    } noise;
    struct {
        char *variant;  /* name: netlists/variant_NAME.param */
        char *folder;   /* that holds netlists/ and models/, or "" for the shipped */
        char *params;   /* a parameter file in the variant's place, or "" */
        char *override; /* "rf=2.4k v_thr=1.84" */
        char *include;  /* a file that every deck includes, or "" */
    } circuit;
    struct {
        char *weights;  /* weight file to verify, or "" for the usual one */
        int64_t images; /* of the test images; 0 = all */
        int64_t seed;   /* which images, tuning errors */
        char *compare;  /* native model to compare with: circuit, double-exponential */
        bool dynamic, exact;
        double accuracy; /* percent of the membrane's peak */
        double reltol, vntol_V, abstol_A, gmin_S, step_s;
        int64_t rungs;
        int64_t jobs, retries, recycle;
        double deadline_s;
        bool keep_decks;
    } simulate;
    struct { /* what `calibrate` aims at; 0 = as the parameter file has it */
        double tau_syn_s, tau_mem_s;
        double gain_V_S;       /* membrane peak of one spike per siemens */
        double rest_V;         /* of the membrane */
        double rest_current_A; /* of the DPI's tail */
        double tolerance, spread;
        bool tune;
        char *tune_syn, *tune_mem;
    } calibrate;
    struct {                           /* the device lab and programming */
        char *model, *subckt, *params; /* the user's own memristor, or "" */
        char *spread;                  /* "a+b c": parameters that vary */
        double noise, jitter_V, offset_V, mismatch, level_noise;
        double sweep_V, set_V, limit_V, step_V, width_s, tolerance;
        int64_t accept, pulses, repeats;
        double potentiate_V, depress_V, head_V, tail_V, tail_s;
    } device;
    struct {
        bool pictures;
        bool check;
        bool divergence;
        int64_t sample; /* images for it */
    } report;
    struct {                        /* of many points (study/axes, app/sweep) */
        char *axes;                 /* "map.bits=1,2,3 map.tuning_error=0:0.2:0.05" */
        char *zip;                  /* axes that walk together: "A,B" */
        char *redraw;               /* what trials draw anew: "training split", or "" */
        int64_t trials, max_failed; /* the latter 0: go on, whatever fails */
        bool native;                /* the network alone */
    } sweep;
    struct { /* -1 = none; positions in the run, to rehearse what may go wrong */
        int64_t die, hang, diverge;
    } rehearse;
};

void study_init(struct study *s);
void study_finish(struct study *s);

/* `to` becomes a copy that owns its texts. */
void study_copy(struct study *to, const struct study *from);

MUST_USE int study_read(struct study *s, const char *path, struct err *e);
/* The same from memory; `path` is for messages. */
MUST_USE int study_parse(struct study *s, const struct buf *text, const char *path,
                         struct err *e);

/* "section.key=value". An unknown key is an error that names the nearest known one. */
MUST_USE int study_set(struct study *s, const char *assignment, struct err *e);

/* As study_set, from two words of our own making. */
MUST_USE int study_put(struct study *s, const char *key, const char *value,
                       struct err *e);

/* What no key can tell alone: map.g_low must lie below map.g_high. */
MUST_USE int study_check(const struct study *s, struct err *e);

/* The study as an INI file: bare; with each key's meaning, choices and range; or with
 * those of [rehearse] too, which nobody needs who does not test the program itself. */
enum study_form { STUDY_BARE, STUDY_COMMENTED, STUDY_ALL };
void study_print(const struct study *s, enum study_form form, struct buf *out);

/* Kinds of results. Each key knows which of them depend on it. */
enum study_scope {
    STUDY_TRAINS = 1,   /* weights */
    STUDY_VERIFIES = 2, /* maxima of images in the circuit */
    STUDY_PROGRAMS = 4, /* conductances by write-verify */
    STUDY_DEVICES = 8,  /* device experiments */
    STUDY_UNIT = 16,    /* the unit experiment */
    STUDY_CALIBRATES = 32,
    STUDY_FILES = 64 /* of none by what the key says: what stands in the file counts */
};

/* Whether a value is a number, and which results depend on it; an unknown key is an error
 * that names the nearest known one. */
struct study_key {
    const char *name;
    unsigned scope; /* 0: no result does */
    bool number;
};
MUST_USE int study_find(const char *key, struct study_key *k, struct err *e);

/* " --set key=value" for each key of these scopes that has not its default, quoted for a
 * shell where that is needed. */
void study_settings(const struct study *s, unsigned scope, struct buf *out);

/* The value of a known key as `study_print` writes it. */
void study_value(const struct study *s, const char *key, struct buf *out);

/* "key = value" lines of the keys that a kind of result (or one of several) depends on.
 * Keys that name a file are left out: what is in the file counts, and whoever reads it
 * adds its hash. */
void study_lines(const struct study *s, unsigned scope, struct buf *out);
