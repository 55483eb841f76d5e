#include "cli/cli.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "study/datadir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the options of all commands gave. */
static const char *data;
static bool json;

const struct cli_option cli_common_options[] = {
    {"study", "FILE", .help = "read the study from an INI file (see `spikebar study`)"},
    {"set", "KEY=VALUE", .help = "set one key of the study; may be given several times"},
    {"data", "DIR", .text = &data, .help = "folder with netlists/, models/, datasets/"},
    {"json", .flag = &json,
     .help = "print the result as one JSON object, where there is one"},
    {"quiet", .help = "no messages but errors"},
    {"verbose", .help = "more messages"},
    {"help", .help = "this text"},
    {0},
};

static void print_options(const char *title, const struct cli_option *option)
{
    printf("\n%s\n", title);
    for (; option && option->name; option++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-22s %s%s%s%s\n", left, option->help, option->key ? " (" : "",
               option->key ? option->key : "", option->key ? ")" : "");
    }
}

static void print_word(const char *word, const char *summary)
{
    printf("  %-22s %s\n", word, summary);
}

static void print_help(const struct command *command)
{
    printf("usage: spikebar %s%s%s%s\n\n%s\n", command->name,
           command->option ? " [options]" : "", command->operand ? " " : "",
           command->operand ? command->operand : "", command->summary);
    if (command->words) {
        printf("\n%s:\n", command->operand);
        command->words(print_word);
    }
    if (command->option)
        print_options("Options:", command->option);
    print_options("Options of all commands:", cli_common_options);
    printf("\nExamples:\n%s", command->examples);
}

static const struct cli_option *find(const struct cli_option *option, const char *name,
                                     size_t length)
{
    for (; option && option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return NULL;
}

static int unknown(const struct command *command, const char *word, struct err *e)
{
    const char *names[64];
    char *name = mem_copy_string(word + 2);
    size_t n = 0;
    name[strcspn(name, "=")] = '\0';
    for (const struct cli_option *o = cli_common_options; o->name; o++)
        names[n++] = o->name;
    for (const struct cli_option *o = command->option; o && o->name && n < 64; o++)
        names[n++] = o->name;
    const char *near = text_nearest(name, n, names);
    free(name);
    err_set(e, ERR_USAGE, "spikebar %s has no option `%.60s`", command->name, word);
    if (near)
        return err_hint(e, "did you mean --%s?", near);
    return err_hint(e, "see spikebar %s --help", command->name);
}

/* Options that neither set a key nor a text. */
static int apply_word(struct cli *c, const char *name, struct err *e, const char *value)
{
    if (strcmp(name, "set") == 0)
        return study_set(&c->study, value, e);
    if (strcmp(name, "quiet") == 0)
        log_set_level(LOG_QUIET);
    if (strcmp(name, "verbose") == 0)
        log_set_level(LOG_VERBOSE);
    return 0;
}

/* A key of the study, or several with blanks between them. */
static int apply_keys(struct cli *c, const struct cli_option *o, const char *value,
                      struct err *e)
{
    AUTO_FREE char *copy = mem_copy_string(o->key);
    char *rest = copy, *key;
    while ((key = strsep(&rest, " ")))
        if (study_put(&c->study, key, value, e) < 0)
            return err_place(e, "--%s", o->name);
    return 0;
}

static int apply(struct cli *c, const struct cli_option *o, const char *value,
                 struct err *e)
{
    if (o->key)
        return apply_keys(c, o, o->argument ? value : "yes", e);
    if (o->text)
        *o->text = value;
    else if (o->flag)
        *o->flag = true;
    else
        return apply_word(c, o->name, e, value);
    return 0;
}

/* One pass over the words. The first pass reads study files, the second applies the
 * rest, so that options win wherever they stand. Help is for words that are all right:
 * whoever asks for it has a wrong one explained first. */
static int pass(struct cli *c, const struct command *command, int argc, char *argv[],
                bool files, struct err *e)
{
    bool help = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i], *value = NULL;
        if (strncmp(word, "--", 2) != 0) {
            bool room = command->operand && (command->many || !c->operand ||
                                             (command->takes_file && !c->file));
            if (!files && (!room || word[0] == '-')) {
                err_set(e, ERR_USAGE, "spikebar %s does not take `%.60s`", command->name,
                        word);
                return err_hint(e, "see spikebar %s --help", command->name);
            }
            if (!files && c->operand && command->takes_file) {
                c->file = word;
            } else if (!files) {
                c->operand = word;
                buf_printf(&c->operands, "%s%s", c->operands.len ? " " : "", word);
            }
            continue;
        }
        size_t length = strcspn(word + 2, "=");
        const struct cli_option *o = find(command->option, word + 2, length);
        if (!o)
            o = find(cli_common_options, word + 2, length);
        if (!o)
            return unknown(command, word, e);
        if (word[2 + length] == '=')
            value = word + 3 + length;
        else if (o->argument && i + 1 < argc)
            value = argv[++i];
        if (o->argument ? !value || !*value : value != NULL) {
            err_set(e, ERR_USAGE, o->argument ? "--%s needs %s" : "--%s takes no value",
                    o->name, o->argument);
            return -1;
        }
        bool is_file = strcmp(o->name, "study") == 0;
        if (files && is_file && study_read(&c->study, value, e) < 0)
            return -1;
        help = help || strcmp(o->name, "help") == 0;
        if (!files && !is_file && apply(c, o, value, e) < 0)
            return -1;
    }
    if (files || !help)
        return 0;
    print_help(command);
    return 1;
}

int cli_parse(struct cli *c, const struct command *command, int argc, char *argv[],
              struct err *e)
{
    study_init(&c->study);
    int status = pass(c, command, argc, argv, true, e);
    if (status == 0)
        status = pass(c, command, argc, argv, false, e);
    if (status == 0 && command->operand && !command->many && !c->operand) {
        err_set(e, ERR_USAGE, "spikebar %s needs %s", command->name, command->operand);
        status = err_hint(e, "see spikebar %s --help", command->name);
    }
    c->json = json;
    if (status == 0 && json && command->text_only) {
        err_set(e, ERR_USAGE, "spikebar %s has no JSON to print", command->name);
        status = err_hint(e, "leave out --json");
    }
    if (status == 0 && !command->bare) {
        c->root = datadir_find(data, e);
        status = c->root ? 0 : -1;
    }
    return status;
}

void cli_finish(struct cli *c)
{
    study_finish(&c->study);
    buf_finish(&c->operands);
    free(c->root);
}

int cli_number(const char *name, const char *text, size_t limit, size_t *value,
               struct err *e)
{
    int64_t n;
    if (!text || !text_to_int(text, &n) || n < 0 || (uint64_t)n >= limit) {
        err_set(e, ERR_USAGE, "expected a number from 0 to %zu, found `%.40s`", limit - 1,
                text ? text : "nothing");
        return err_place(e, "--%s", name);
    }
    *value = (size_t)n;
    return 0;
}
