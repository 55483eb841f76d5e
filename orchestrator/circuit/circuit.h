/* The circuit that a study names: its files, parameters, cell, pulse and memristor, and
 * the head of every deck that is simulated in it.
 *
 * Nothing is simulated when it is opened. Two things need a simulation and are asked for:
 * the states of a memristor that is not ours (circuit/statemap), and what the levers find
 * out (circuit/levers). Paths are absolute until circuit_adopt has copied the files into
 * a run's folder; then they stand below that one. What its files include is resolved at
 * opening, so decks include the circuit's own blocks and copies alone. The circuit owns
 * all but study and root.
 *
 *     struct circuit c;
 *     circuit_open(&c, &study, root, e);
 *     circuit_lines(&c, &(struct circuit_head){.as = "."}, &deck);
 *     circuit_finish(&c);
 */
#pragma once

#include "run/plan.h"
#include "run/pool.h"
#include "snn/kernel.h"
#include "spice/deck.h"
#include "spice/memristor.h"
#include "spice/param.h"
#include "spice/probe.h"
#include "study/study.h"
#include "xbar/cell.h"

struct statemap;

/* A file of the circuit's folder with all that it includes. */
struct circuit_file {
    char *name; /* below folder */
    struct buf text;
};

struct circuit {
    const struct study *study;
    const char *root; /* folder of the files that ship */
    char *folder;     /* absolute, with netlists/ and models/ */
    bool own_blocks;  /* netlists or models are not the shipped ones */
    char *variant;    /* parameter file: a name below netlists/, or absolute */
    char *include;    /* the user's own file, absolute or below folder; or NULL */
    /* Until there is a copy in a run's folder decks have these texts in them: of params
     * and include with all that they include, of the blocks those that include more than
     * their neighbours. */
    struct buf params_text, include_text;
    struct circuit_file *whole; /* [wholes] */
    size_t wholes;
    struct memristor memristor; /* the user's own, or ours */
    char *model;                /* its file, absolute or below folder; or NULL */
    struct param_table params;
    struct cell cell;
    struct statemap *map; /* of the user's memristor, once learnt (circuit/statemap) */
    char sha256[SHA256_HEX];
};

MUST_USE int circuit_open(struct circuit *c, const struct study *s, const char *root,
                          struct err *e);
void circuit_finish(struct circuit *c);

/* Copies the files to folder/circuit and simulates from there on: what is stored with a
 * run is what was simulated. (circuit/files.c) */
MUST_USE int circuit_adopt(struct circuit *c, const char *folder, struct err *e);

/* Reads include_text, params_text and `whole`: what decks get of the files that the study
 * names, with what these include. (circuit/files.c) */
MUST_USE int circuit_read_files(struct circuit *c, struct err *e);
void circuit_forget_texts(struct circuit *c);

/* The blocks that decks name besides the variant, below the folder; ends with NULL. */
extern const char *const circuit_blocks[];

/* Refuses a folder of the study's with links that lead out of it. (circuit/files.c) */
MUST_USE int circuit_check_links(const struct circuit *c, struct err *e);

/* c->sha256 of all its files. (circuit/files.c) */
MUST_USE int circuit_hash(struct circuit *c, struct err *e);

/* The parameter file of its variant; the caller frees it. */
char *circuit_variant_path(const struct circuit *c);

/* ---- decks ---- */

struct circuit_head {
    const char *as; /* how the deck names the folder: ngspice takes no path with a blank,
                       `;` or `$` in it, so workers stand there and say "." */
    bool devices;   /* models and cells alone: neither columns nor circuit.include */
    const char *before, *after; /* lines around the blocks, or NULL: of two blocks of one
                                   name the first counts, of two parameters the last */
    const struct memristor *memristor; /* in place of the circuit's; or NULL */
};

/* The head of a deck, behind its title: the memristor, .include lines, parameters that
 * were overridden, the user's own file. All decks have it from here. */
void circuit_lines(const struct circuit *c, const struct circuit_head *h,
                   struct buf *out);

struct deck_pulse circuit_pulse(const struct circuit *c);

/* The solver of a rung of the study's ladder; 0: as asked. */
void circuit_solver(const struct circuit *c, int rung, struct deck_solver *s);

/* What workers may read: the circuit's files. Points into the circuit. */
void circuit_readable(const struct circuit *c, struct pool_options *o);

/* The solver that others are measured by, within 0.0003 % of what smaller steps give:
 * app/accuracy, app/speed, app/divergence. */
void circuit_reference(const struct circuit *c, struct deck_solver *s);

/* Jobs, deadline, retries and recycling as the study says, and its files. */
struct pool_options circuit_pool(const struct circuit *c);

/* What measures its columns; `e` of param_get names a missing parameter. */
void circuit_probe(const struct circuit *c, struct probe *p);

/* ---- models ---- */

/* The kernel of a native model. For `circuit` pulse and time constants are the circuit's:
 * the selector's threshold crossings, and kernel_tau_syn and kernel_tau_mem of the
 * parameter file (`spikebar calibrate` measures them). */
MUST_USE int circuit_kernel(const struct circuit *c, const char *model, int window_ms,
                            struct kernel *k, struct err *e);

/* ---- what numbers depend on ---- */

/* Format, kind and version of the simulator, the keys of a scope, the files. */
void circuit_plan(const struct circuit *c, const char *kind, unsigned scope,
                  const char *ngspice_version, struct plan *p);
