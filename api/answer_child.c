/* Both sides of reading an answer apart: see answer_child.h. Message and result go
 * through memory files, so neither side ever waits for the other half way. */
#include "api/answer_child.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/cli.h"
#include "api/json.h"
#include "base/jwrite.h"
#include "calendars/cal_text.h"
#include "calendars/tz.h"

enum {
	DEADLINE_MS = 10000,
	CPU_SECONDS = 3,
	MEMORY = 512 << 20,
	MAX_RESULT = 1 << 20,
	ARENA_CAP = 64 << 20,
};

static const char *const KINDS[] = {
    [ANSWER_WORDS] = "words",
    [ANSWER_REPLY] = "reply",
    [ANSWER_COUNTER] = "counter",
    [ANSWER_BOUNCE] = "bounce",
    [ANSWER_NOTHING] = "nothing",
};

/* ---- the child ---- */

static void limit(__rlimit_resource_t what, rlim_t value)
{
	struct rlimit both = {value, value};

	setrlimit(what, &both);
}

static void set_limits(void)
{
	limit(RLIMIT_CPU, CPU_SECONDS);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, MAX_RESULT);
/* The shadow of a sanitizer alone is terabytes. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	limit(RLIMIT_AS, MEMORY);
#endif
}

static void write_attendees(struct jwrite *w, const struct answer *x)
{
	jwrite_key(w, "attendees");
	jwrite_array(w);
	for (size_t i = 0; i < x->n_attendees; i++) {
		jwrite_object(w);
		jwrite_key_text(w, "mail", x->attendee[i].mail);
		jwrite_key_text(w, "partstat", x->attendee[i].partstat);
		jwrite_key_text(w, "delegated_to", x->attendee[i].delegated_to);
		jwrite_object_end(w);
	}
	jwrite_array_end(w);
}

static void write_answer(struct jwrite *w, const struct answer *x)
{
	jwrite_object(w);
	jwrite_key_text(w, "kind", KINDS[x->kind]);
	jwrite_key_text(w, "token", x->token);
	jwrite_key_text(w, "message_id", x->message_id);
	jwrite_key_text(w, "text", x->text);
	jwrite_key_text(w, "uid", x->uid);
	jwrite_key_text(w, "bounced_id", x->bounced_id);
	jwrite_key_int(w, "sequence", x->sequence);
	jwrite_key_int(w, "dtstamp", x->dtstamp);
	jwrite_key_bool(w, "is_one", x->is_one);
	jwrite_key_int(w, "planned", x->planned);
	jwrite_key_bool(w, "has_time", x->has_time);
	jwrite_key_int(w, "start", x->start);
	jwrite_key_int(w, "end", x->end);
	write_attendees(w, x);
	jwrite_object_end(w);
}

int answer_child_main(int argc, char **argv)
{
	struct arena *a;
	struct answer x;
	struct err e = {0};
	struct tz *tz = NULL;
	struct str message, result;
	struct jwrite w;
	char block[1 << 14];
	size_t n;
	int status = CLI_FAILED;

	if (argc < 2 || argc > 3)
		return CLI_BAD_INPUT;
	set_limits();
	a = arena_new(ARENA_CAP);
	str_init(&message, ANSWER_MAX_MESSAGE);
	str_init(&result, MAX_RESULT);
	while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
		str_put(&message, block, n);
	if (a != NULL && !message.failed &&
	    tz_open(TZ_SERVICE_FROM, TZ_SERVICE_TO, &tz, &e) == ERR_OK &&
	    answer_read(a, tz, message.data, message.len, argv[1],
		argc == 3 ? argv[2] : NULL, &x, &e) == ERR_OK) {
		jwrite_init(&w, &result, false);
		write_answer(&w, &x);
		if (jwrite_done(&w) && fputs(result.data, stdout) != EOF &&
		    fflush(stdout) == 0)
			status = CLI_OK;
	} else if (e.code == ERR_VALIDATION) {
		status = CLI_BAD_INPUT;
	}
	str_free(&message);
	str_free(&result);
	tz_close(tz);
	arena_free(a);
	return status;
}

/* ---- the parent ---- */

static int spawn(int in, int out, const char *base, const char *to, pid_t *pid)
{
	const char *argv[] = {"cairn", ANSWER_CHILD, base, to, NULL};
	char *environment[] = {NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&files);
	posix_spawnattr_init(&attr);
	posix_spawn_file_actions_adddup2(&files, in, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_setflags(
	    &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawn(pid, "/proc/self/exe", &files, &attr,
	    (char *const *)(uintptr_t)argv, environment);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return error;
}

/* Its exit status, or -1 when it had to be ended or ended itself. */
static int wait_for(pid_t pid)
{
	int fd = pidfd_open(pid, 0), status = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0 || poll(&p, 1, DEADLINE_MS) <= 0)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (fd >= 0)
		close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool fill(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		data += done;
		n -= (size_t)done;
	}
	return lseek(fd, 0, SEEK_SET) == 0;
}

static char *collect(struct arena *a, int fd, size_t *ret_n)
{
	off_t n = lseek(fd, 0, SEEK_END);
	char *text;

	if (n <= 0 || n > MAX_RESULT)
		return NULL;
	text = arena_alloc(a, (size_t)n + 1);
	if (text == NULL || pread(fd, text, (size_t)n, 0) != n)
		return NULL;
	text[n] = '\0';
	*ret_n = (size_t)n;
	return text;
}

/* ---- what it said ---- */

static const char *text_of(
    struct arena *a, struct json_object *tree, const char *key, size_t max)
{
	struct json_object *x = json_member(tree, key, json_type_string);
	const char *text = x == NULL ? "" : json_object_get_string(x);

	if (strlen(text) > max)
		return "";
	text = arena_strdup(a, text);
	return text == NULL ? "" : text;
}

static int64_t int_of(struct json_object *tree, const char *key)
{
	struct json_object *x = json_member(tree, key, json_type_int);

	return x == NULL ? 0 : json_object_get_int64(x);
}

static bool bool_of(struct json_object *tree, const char *key)
{
	struct json_object *x = json_member(tree, key, json_type_boolean);

	return x != NULL && json_object_get_boolean(x);
}

static const char *address_of(
    struct arena *a, struct json_object *tree, const char *key)
{
	const char *mail = text_of(a, tree, key, ANSWER_MAX_TEXT);

	return cal_text_mail_fault(mail) == NULL ? mail : NULL;
}

static void take_attendees(
    struct arena *a, struct json_object *tree, struct answer *out)
{
	struct json_object *list =
	    json_member(tree, "attendees", json_type_array);
	size_t n = list == NULL ? 0 : json_object_array_length(list);

	for (size_t i = 0; i < n && out->n_attendees < ANSWER_MAX_ATTENDEES;
	     i++) {
		struct json_object *x = json_object_array_get_idx(list, i);
		const char *mail = address_of(a, x, "mail");

		if (mail != NULL)
			out->attendee[out->n_attendees++] =
			    (struct answer_attendee){mail,
				text_of(a, x, "partstat", ANSWER_MAX_TEXT),
				address_of(a, x, "delegated_to")};
	}
}

static bool take(struct arena *a, struct json_object *tree, struct answer *out)
{
	const char *kind = text_of(a, tree, "kind", ANSWER_MAX_TEXT),
		   *token = text_of(a, tree, "token", ANSWER_TOKEN_SIZE - 1);
	int found = -1;

	for (int i = 0; i <= ANSWER_NOTHING; i++)
		if (strcmp(KINDS[i], kind) == 0)
			found = i;
	if (found < 0 || strspn(token, "0123456789abcdef") != strlen(token))
		return false;
	*out = (struct answer){.kind = (enum answer_kind)found,
	    .message_id = text_of(a, tree, "message_id", ANSWER_MAX_TEXT),
	    .text = text_of(a, tree, "text", 3 * ANSWER_MAX_TEXT),
	    .uid = text_of(a, tree, "uid", ANSWER_MAX_TEXT),
	    .bounced_id = text_of(a, tree, "bounced_id", ANSWER_MAX_TEXT),
	    .sequence = int_of(tree, "sequence"),
	    .dtstamp = int_of(tree, "dtstamp"),
	    .is_one = bool_of(tree, "is_one"),
	    .planned = int_of(tree, "planned"),
	    .has_time = bool_of(tree, "has_time"),
	    .start = int_of(tree, "start"),
	    .end = int_of(tree, "end")};
	memcpy(out->token, token, strlen(token) + 1);
	take_attendees(a, tree, out);
	return true;
}

static enum err_code run(struct arena *a, int in, int out, const char *base,
    const char *to, struct answer *ret_answer, struct err *e)
{
	struct json_object *tree;
	size_t n = 0;
	pid_t pid;
	char *text;
	int status;

	if (spawn(in, out, base, to, &pid) != 0)
		return ERR_SET(e, NOMEM, "no process to read the mail");
	status = wait_for(pid);
	if (status != 0)
		return ERR_SET(e, VALIDATION,
		    status == CLI_BAD_INPUT ? "expected a mail"
					    : "the mail cannot be read");
	text = collect(a, out, &n);
	if (text == NULL || json_read(a, text, n, &tree, e) != ERR_OK ||
	    !take(a, tree, ret_answer)) {
		err_clear(e);
		return ERR_SET(e, VALIDATION, "the mail cannot be read");
	}
	return ERR_OK;
}

enum err_code answer_child_read(struct arena *a, const char *data, size_t n,
    const char *base, const char *to, struct answer *ret_answer, struct err *e)
{
	int in, out;
	enum err_code code;

	if (n > ANSWER_MAX_MESSAGE)
		return ERR_SET(e, TOO_LARGE,
		    "the message has more than %d octets", ANSWER_MAX_MESSAGE);
	in = memfd_create("cairn-mail", MFD_CLOEXEC);
	out = memfd_create("cairn-answer", MFD_CLOEXEC);
	if (in < 0 || out < 0 || !fill(in, data, n))
		code = ERR_SET(e, NOMEM, "no memory to read the mail");
	else
		code = run(a, in, out, base, to, ret_answer, e);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return code;
}
