/*
 * main() of the fuzz targets outside V=fuzz: runs each file given, or each file of
 * each folder given, through the target once and says so, one line a file.
 */
#include <dirent.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/str.h"

enum {
	REPLAY_MAX_OCTETS = 4 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "re");
	uint8_t *whole = malloc(REPLAY_MAX_OCTETS), *data = NULL;
	size_t n;

	if (f == NULL || whole == NULL) {
		perror(path);
		exit(2);
	}
	n = fread(whole, 1, REPLAY_MAX_OCTETS, f);
	(void)fclose(f);
	data = malloc(n > 0 ? n : 1); /* exact, so that overruns are seen */
	if (data == NULL)
		exit(2);
	memcpy(data, whole, n);
	free(whole);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	printf("replayed %s (%zu octets)\n", path, n);
	return 1;
}

static int replay_folder(const char *path)
{
	struct dirent **entry;
	int n = scandir(path, &entry, NULL, alphasort), done = 0;

	for (int i = 0; i < n; i++) {
		struct str file;

		str_init(&file, 4096);
		str_printf(&file, "%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			done += replay_file(file.data);
		str_free(&file);
		free(entry[i]);
	}
	if (n >= 0)
		free(entry);
	return done;
}

int main(int argc, char **argv)
{
	int done = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) != 0) {
			perror(argv[i]);
			return 2;
		}
		done += S_ISDIR(st.st_mode) ? replay_folder(argv[i])
					    : replay_file(argv[i]);
	}
	return done > 0 ? 0 : 77;
}
