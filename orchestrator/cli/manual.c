/* The man page and the bash completion, from the table of commands. */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>

/* Text for roff: a dash is a minus, a backslash itself, a line never a request. */
static void roff(const char *text)
{
    for (; *text; text++) {
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else
            putchar(*text);
    }
}

static void man_options(const struct cli_option *option)
{
    for (; option && option->name; option++) {
        printf(".TP\n\\fB\\-\\-");
        roff(option->name);
        printf("\\fR%s%s\n", option->argument ? " " : "",
               option->argument ? option->argument : "");
        roff(option->help);
        if (option->key) {
            fputs(" (", stdout);
            roff(option->key);
            putchar(')');
        }
        putchar('\n');
    }
}

static void man_word(const char *word, const char *summary)
{
    printf(".TP\n\\fB");
    roff(word);
    printf("\\fR\n");
    roff(summary);
    putchar('\n');
}

static void man_command(const struct command *c)
{
    printf(".SS spikebar %s%s%s\n", c->name, c->operand ? " " : "",
           c->operand ? c->operand : "");
    roff(c->summary);
    putchar('\n');
    if (c->words)
        c->words(man_word);
    man_options(c->option);
    fputs(".PP\nExamples:\n.PP\n.nf\n", stdout);
    roff(c->examples);
    fputs(".fi\n", stdout);
}

static void print_man(void)
{
    printf(".TH SPIKEBAR 1 \"\" \"spikebar %s\" \"User Commands\"\n", SPIKEBAR_VERSION);
    fputs(".SH NAME\nspikebar \\- train a spiking network, program it into a memristor "
          "array, check it in SPICE\n.SH SYNOPSIS\n.B spikebar\n.I command\n[options]\n"
          ".SH COMMANDS\n",
          stdout);
    for (const struct command *const *c = cli_commands; *c; c++)
        man_command(*c);
    fputs(".SH OPTIONS OF ALL COMMANDS\n", stdout);
    man_options(cli_common_options);
    fputs(
        ".SH EXIT STATUS\n0 good; 1 usage, input or machine; 2 some units failed for "
        "good; 130 interrupted, what is done is kept.\n"
        ".SH A MEMRISTOR OF YOUR OWN\ndevice.model names a file with\n.B .subckt NAME te "
        "be params: x0=0\nA positive voltage from te to be sets, a negative one resets. "
        "x0 is the state at the start, 0 least and 1 most conductive; the conductance "
        "rises with it. An inner node dx carries the state less x0, in volts, and is the "
        "state itself.\n.B spikebar device check FILE\ntests that; models/template.sub "
        "is "
        "a beginning, models/README.md says more.\n"
        ".SH ENVIRONMENT\n.TP\n.B SPIKEBAR_DATA\nfolder with netlists, models, weights "
        "and datasets, if \\-\\-data is not given\n"
        ".SH SEE ALSO\n.BR ngspice (1)\n",
        stdout);
}

static void list_options(const struct cli_option *option)
{
    for (; option && option->name; option++)
        printf(" --%s", option->name);
}

static void print_bash(void)
{
    fputs("_spikebar()\n{\n    local word=${COMP_WORDS[COMP_CWORD]} words\n"
          "    COMPREPLY=()\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        words=\"",
          stdout);
    for (const struct command *const *c = cli_commands; *c; c++)
        printf("%s ", (*c)->name);
    fputs("--help --version\"\n    else\n        case ${COMP_WORDS[1]} in\n", stdout);
    for (const struct command *const *c = cli_commands; *c; c++) {
        printf("        %s) words=\"", (*c)->name);
        list_options((*c)->option);
        list_options(cli_common_options);
        fputs("\" ;;\n", stdout);
    }
    fputs(
        "        esac\n    fi\n"
        "    case $word in\n"
        "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$word\")) ;;\n"
        "    *) [ \"$COMP_CWORD\" -eq 1 ] && COMPREPLY=($(compgen -W \"$words\" -- "
        "\"$word\"))\n"
        "       [ \"$COMP_CWORD\" -gt 1 ] && COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
        "    esac\n}\ncomplete -o filenames -F _spikebar spikebar\n",
        stdout);
}

static int run(struct cli *c, struct err *e)
{
    if (strcmp(c->operand, "man") == 0)
        print_man();
    else if (strcmp(c->operand, "bash") == 0)
        print_bash();
    else
        return err_set(e, ERR_USAGE, "expected man or bash, found `%.40s`", c->operand);
    return EXIT_GOOD;
}

const struct command command_manual = {
    .name = "manual",
    .summary = "Print the man page (man) or the shell completion (bash).",
    .operand = "man|bash",
    .examples = "  spikebar manual man | man -l -\n  source <(spikebar manual bash)\n",
    .run = run,
    .bare = true,
    .text_only = true,
};
