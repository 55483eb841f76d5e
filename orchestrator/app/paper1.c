#include "app/paper1.h"

#include "app/paper1_numbers.h"
#include "base/file.h"
#include "base/mem.h"
#include "num/stats.h"
#include "report/html.h"
#include "report/json.h"
#include "run/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

enum judge {
    SHOWN,   /* the number stands in a picture alone, or nowhere */
    OF_100,  /* an accuracy of 100 images: ours must lie in Wilson's interval of theirs */
    AT_MOST, /* below the paper's number */
    EQUAL,   /* the claim is that two settings do not differ */
    FALLS    /* ... or that the second is worse */
};

/* Numbers are named by their keys in the found ones; `key`.network, .circuit and the
 * errors .network_error, .circuit_error. For EQUAL and FALLS they are differences. */
static const struct row {
    const char *figure, *claim, *unit;
    double paper; /* NAN: not in the text */
    const char *key;
    enum judge judge;
    const char *why;
} rows[] = {
    {"7C", "membrane of one synapse: error against the double exponential", "%", 2.1,
     "unit", AT_MOST,
     "the paper's 1 ms steps begin with the pulse, the circuit's current 23 us later"},
    {"8D", "largest membrane is the image's class, network and circuit", "class", NAN,
     "digit", SHOWN, "image 12 of the digits"},
    {"8C,D", "accuracy of the network and of the circuit", "%", 90, "run", OF_100,
     "same images on both sides"},
    {"8D", "agreement of circuit and network", "%", NAN, "agreement", SHOWN, ""},
    {"8D", "error of the membranes' maxima, rms over the largest", "%", NAN, "rms", SHOWN,
     ""},
    {"9A", "accuracy with 1 bit", "%", NAN, "bits.1", SHOWN, "picture alone"},
    {"9A", "accuracy with 2 bits", "%", NAN, "bits.2", SHOWN, "picture alone"},
    {"9A", "accuracy with 3 bits", "%", 90, "bits.3", OF_100, ""},
    {"9A", "accuracy with 4 bits", "%", 90, "bits.4", OF_100, ""},
    {"9A", "accuracy, continuous weights", "%", 90, "bits.0", OF_100, ""},
    {"9A", "softmax network without spikes, 1 bit", "%", NAN, "ann.1", SHOWN,
     "levels between its smallest and largest weight"},
    {"9A", "softmax network without spikes, 3 bits", "%", NAN, "ann.3", SHOWN, ""},
    {"9A", "softmax network without spikes, continuous", "%", NAN, "ann.0", SHOWN, ""},
    {"9A", "saturates from 3 bits: continuous less 3 bits", "points", NAN, "saturates",
     EQUAL, ""},
    {"9B", "flat to 5 % tuning error: 0 less 5 %", "points", NAN, "flat", EQUAL,
     "continuous weights"},
    {"9B", "falls beyond 10 %: 10 less 20 %", "points", NAN, "falls", FALLS,
     "continuous weights"},
    {"9B", "one bit is more tolerant: loss to 20 % of continuous weights less its own",
     "points", NAN, "tolerant", FALLS, "each relative to its accuracy without errors"},
    {"9C", "7 % noise costs nothing: 0 less 7 %, 3 % tuning error", "points", NAN,
     "noise", EQUAL, "continuous weights, one draw a spike"},
    {"9C", "3 bits, 3 % tuning error, 5 % noise", "%", 90, "final", OF_100, ""},
    {"S7", "peak difference at 1 % noise, mean over membranes", "%", NAN, "s7.1", SHOWN,
     "Table S3's numbers are not in the text"},
    {"S7", "peak difference at 3 % noise", "%", NAN, "s7.3", SHOWN, ""},
    {"S7", "peak difference at 5 % noise", "%", NAN, "s7.5", SHOWN, ""},
    {"S7", "peak difference at 7 % noise, mean over membranes", "%", 3, "s7.7", SHOWN,
     "the paper: about 3 %; one draw a spike"},
    {"S7", "the same, the worst of an image's ten membranes", "%", 3, "s7.worst", SHOWN,
     "mean and worst bracket the paper's 3 %"},
    {"S7", "the same with a draw each 0.1 ms", "%", 3, "s7.fine", SHOWN,
     "averages out within a pulse"},
    {"9D", "inputs that fire, digits that ship", "%", 40, "sparsity", AT_MOST,
     "within 40 % for all three data sets"},
    {"9D", "inputs that fire, Fashion-MNIST", "%", 40, "sparsity.fashion", AT_MOST,
     "where the package dataset-fashion-mnist is installed"},
    {"9D", "inputs that fire, other images (--sparsity)", "%", 40, "sparsity.other",
     AT_MOST, ""},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

struct work {
    struct paper1_numbers numbers;
    struct table table; /* rows */
    struct table shown; /* the same for people, on the page, */
    struct buf *text;   /* and as text */
};

static double noted(const struct work *w, const char *key, const char *what)
{
    return paper1_noted(&w->numbers, key, what);
}

/* ---- the table ---- */

bool paper1_rows_hold(char key[64])
{
    for (size_t i = 0; i < ROWS; i++) {
        snprintf(key, 64, "%s", rows[i].key);
        if (!paper1_makes(key))
            return false;
    }
    return true;
}

const char *paper1_claim(bool equal, double difference, double half, double margin)
{
    if (!isfinite(difference) || !isfinite(half))
        return "not made";
    if (equal)
        return fabs(difference) > half             ? "no"
               : fabs(difference) + half <= margin ? "yes"
                                                   : "cannot tell";
    return difference > half ? "yes" : difference < -half ? "no" : "cannot tell";
}

/* Network and circuit each for itself. */
static void judge_difference(const struct work *w, const struct row *r, size_t size,
                             char verdict[size])
{
    bool equal = r->judge == EQUAL;
    double of_100 = noted(w, r->key, "half_of_100"), d = noted(w, r->key, "network"),
           half[2] = {noted(w, r->key, "network_half"), noted(w, r->key, "circuit_half")};
    snprintf(verdict, size,
             "network %s (+- %.1f), circuit %s (+- %.1f); 100 images +- %.1f%s",
             paper1_claim(equal, d, half[0], of_100), half[0],
             paper1_claim(equal, noted(w, r->key, "circuit"), half[1], of_100), half[1],
             of_100,
             equal        ? ""
             : d > of_100 ? ", could tell"
                          : ", could not tell");
}

static void judge(const struct work *w, const struct row *r, size_t size,
                  char verdict[size])
{
    double network = noted(w, r->key, "network"), circuit = noted(w, r->key, "circuit"),
           ours = isfinite(circuit) ? circuit : network, low, high;
    if (!isfinite(ours)) {
        snprintf(verdict, size, "not made");
        return;
    }
    switch (r->judge) {
    case SHOWN:
        snprintf(verdict, size, "shown");
        break;
    case OF_100:
        stats_wilson_share(r->paper / 100, PAPER1_IMAGES, STATS_Z95, &low, &high);
        snprintf(verdict, size, "%s (100 images: %.1f to %.1f)",
                 ours >= 100 * low && ours <= 100 * high ? "met" : "missed", 100 * low,
                 100 * high);
        break;
    case AT_MOST:
        snprintf(verdict, size, "%s", ours <= r->paper ? "met" : "missed");
        break;
    case EQUAL:
    case FALLS:
        judge_difference(w, r, size, verdict);
        break;
    }
}

static void put_cell_text(double x, size_t size, char out[size])
{
    if (isfinite(x))
        snprintf(out, size, "%.2f", x);
    else
        snprintf(out, size, "-");
}

static void put_row(struct work *w, const char *figure, const char *claim,
                    const char *unit, double paper, const char *place,
                    const double ours[4], const char *verdict, const char *why)
{
    char p[32], n[32], c[32];
    table_text(&w->table, figure);
    table_text(&w->table, claim);
    table_text(&w->table, unit);
    if (isfinite(paper))
        table_number(&w->table, paper);
    else
        table_text(&w->table, "not in the text");
    table_text(&w->table, place);
    table_numbers(&w->table, 4, ours);
    table_text(&w->table, verdict);
    table_text(&w->table, why);
    put_cell_text(paper, sizeof p, p);
    put_cell_text(ours[0], sizeof n, n);
    put_cell_text(ours[2], sizeof c, c);
    const char *const cells[] = {figure, p, n, c, unit, claim};
    for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
        table_text(&w->shown, cells[k]);
    table_print(&w->shown, "%s%s%s", verdict, *why ? ": " : "", why);
    buf_printf(w->text, "%-5s %-58.58s %6s %8s %8s %-6s %s\n", figure, claim, p, n, c,
               unit, verdict);
}

static const char *text_of(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, key));
    return s ? s : "";
}

/* A device has no network: its number stands in the circuit's column. */
static void put_devices(struct work *w)
{
    const cJSON *r;
    cJSON_ArrayForEach(r, w->numbers.device)
    {
        const char *place = text_of(r, "place");
        if (strncmp(place, "1:", 2) != 0) /* paper 2's, or of no figure */
            continue;
        put_row(
            w, "1-5", text_of(r, "item"), text_of(r, "unit"),
            json_get(r, "measured", NAN), place,
            (double[]){NAN, NAN, json_get(r, "ours", NAN), json_get(r, "deviation", NAN)},
            text_of(r, "verdict"), text_of(r, "note"));
    }
}

static void tabulate(struct work *w)
{
    buf_printf(w->text, "%-5s %-58s %6s %8s %8s %-6s %s\n", "Fig.", "claim", "paper",
               "network", "circuit", "", "verdict");
    table_init(&w->table, "figure:text,claim:text,unit:text,paper:any,place:text,network,"
                          "network_standard_error,circuit,circuit_standard_error,"
                          "verdict:text,why:text");
    w->table.title = "Paper 1";
    table_init(&w->shown, "Fig.:any,paper:any,network:any,circuit:any,unit:any,what:text,"
                          "verdict:text");
    w->shown.title = "Paper, network, circuit";
    w->shown.caption =
        "- in the paper's column: not in the text. More digits and standard "
        "errors: paper.csv.";
    put_devices(w);
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *r = &rows[i];
        char verdict[160];
        judge(w, r, sizeof verdict, verdict);
        put_row(w, r->figure, r->claim, r->unit, r->paper, "1: 3.3, 3.4",
                (double[]){noted(w, r->key, "network"), noted(w, r->key, "network_error"),
                           noted(w, r->key, "circuit"),
                           noted(w, r->key, "circuit_error")},
                verdict, r->why);
    }
}

/* Pictures that parts leave, in the paper's order. */
static const struct report_picture pictures[] = {
    {"device/transistor/transistor.svg", "Fig. 1E: the select transistor", NULL},
    {"device/iv/iv.svg", "Fig. 2A, B: the memristor", NULL},
    {"device/levels/levels.svg", "Fig. 2C, D: levels", NULL},
    {"device/cell/cell.svg", "Figs. 3, 4C, S4 to S6: the cell", NULL},
    {"device/program/program.svg", "Fig. 5C, D: write-verify", NULL},
    {"unit/unit.svg", "Fig. 7: one synapse", NULL},
    {"run/pictures/confusion.svg", "Fig. 8: answers", NULL},
    {"run/pictures/worst.svg", "Fig. 8C, D: membranes of the worst image", NULL},
    {"bits-network/pictures/map.bits.svg", "Fig. 9A: bits, the network", NULL},
    {"bits-circuit/pictures/map.bits.svg", "Fig. 9A: bits, the circuit", NULL},
    {"tuning-network/pictures/map.tuning_error.svg", "Fig. 9B: the network", NULL},
    {"tuning-circuit/pictures/map.tuning_error.svg", "Fig. 9B: the circuit", NULL},
    {"noise-network/pictures/noise.read.svg", "Fig. 9C: the network", NULL},
    {"noise-circuit/pictures/noise.read.svg", "Fig. 9C: the circuit", NULL},
};
enum { PICTURES = sizeof pictures / sizeof pictures[0] };

static int write_page(struct work *w, struct err *e)
{
    static const char verdicts[] =
        "Verdicts: met or missed where the paper gives a number (an accuracy of 100 "
        "images is met by what lies in its own 95 % interval), shown where the number "
        "stands in a picture alone. A claim that nothing changes: yes if the whole 95 % "
        "interval of the difference lies within what 100 images could have told, no if "
        "it "
        "leaves 0 out; a claim of a fall: yes if the interval lies above 0.";
    static const char intervals[] =
        "Intervals of differences join trials and images, as if the images of both sides "
        "were not the same: they are wider than they need be.";
    static const char *const notes[] = {
        verdicts, intervals,
        "Not here: power (S8), which needs currents that are not saved yet."};
    struct report_picture there[PICTURES];
    size_t n = 0;
    for (size_t k = 0; k < PICTURES; k++) {
        AUTO_FREE char *path = path_join(w->numbers.folder, pictures[k].file);
        if (file_exists(path))
            there[n++] = pictures[k];
    }
    AUTO(buf_finish) struct buf study = {0};
    study_print(w->numbers.study, STUDY_BARE, &study);
    struct report_page page = {.title = "Paper 1, figure by figure",
                               .notes = 3,
                               .note = notes,
                               .tables = 1,
                               .table = &w->shown,
                               .pictures = n,
                               .picture = there,
                               .study_text = study.data};
    return report_write(w->numbers.folder, &page, e);
}

static char *choose_folder(const struct study *s, bool quick)
{
    struct plan p = {0};
    plan_put(&p, "kind", "paper 1");
    plan_put(&p, "quick", "%s", quick ? "yes" : "no");
    study_lines(s, STUDY_TRAINS | STUDY_VERIFIES | STUDY_DEVICES | STUDY_FILES, &p.text);
    plan_seal(&p, 0);
    char *folder = plan_folder(&p, "paper-1");
    plan_finish(&p);
    return folder;
}

int paper1_run(const struct study *s, const char *root, const char *folder, bool quick,
               const char *sparsity_files, struct paper1_result *result, struct err *e)
{
    *result = (struct paper1_result){0};
    result->folder = folder ? mem_copy_string(folder) : choose_folder(s, quick);
    struct work w = {.numbers = {.study = s,
                                 .root = root,
                                 .folder = result->folder,
                                 .sparsity = sparsity_files,
                                 .quick = quick},
                     .text = &result->text};
    int status = dir_make(w.numbers.folder, e);
    if (status == 0)
        status = paper1_make(&w.numbers, e);
    if (status == 0) {
        tabulate(&w);
        status = table_write(&w.table, w.numbers.folder, "paper.csv", e);
    }
    if (status == 0)
        status = write_page(&w, e);
    if (status == 0) {
        result->json = cJSON_CreateObject();
        json_text(result->json, "folder", w.numbers.folder);
        cJSON_AddItemToObject(result->json, "rows", table_json(&w.table));
        status = json_write_in(w.numbers.folder, "paper.json", result->json, e);
    }
    table_finish(&w.table);
    table_finish(&w.shown);
    paper1_numbers_finish(&w.numbers);
    return status;
}
