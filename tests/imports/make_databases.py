"""Make the databases that the import tests read, with the real programs.

    python tests/imports/make_databases.py [FOLDER [NAME …]]

Installs llm (as it is, and the last version before its log became a tree) and elia from the package index, each into an
environment of its own that is thrown away, lets them write their databases, and puts these into FOLDER (default:
`files/` beside this script). No network is used but for the installation: the model that llm asks answers by itself.
"""

import sqlite3
import subprocess
import sys
import tempfile
import venv
from contextlib import closing
from pathlib import Path

LLM = """
import json, sys
import llm
from click.testing import CliRunner
from llm.cli import cli
from llm.plugins import pm

try:
    from llm.parts import StreamEvent
except ImportError:  # before 0.32
    StreamEvent = None

class Echo(llm.Model):
    model_id = "echo"
    can_stream = True
    supports_tools = True
    attachment_types = {"image/png"}

    def execute(self, prompt, stream, response, conversation=None):
        response.set_usage(input=7, output=11)
        if prompt.tools and not prompt.tool_results:
            response.add_tool_call(llm.ToolCall(name="upper", arguments={"text": "quokka"}, tool_call_id="call-1"))
            yield ""
            return
        if prompt.tool_results:
            yield "The tool says " + prompt.tool_results[0].output + "."
            return
        if prompt.prompt == "think" and StreamEvent is not None:
            yield StreamEvent(type="reasoning", chunk="Let me see. ")
            yield StreamEvent(type="reasoning", chunk="Yes.")
        yield "You said: "
        yield prompt.prompt or ""

class Plugin:
    @llm.hookimpl
    def register_models(self, register):
        register(Echo())

pm.register(Plugin(), name="echo")

def run(*words, **more):
    done = CliRunner().invoke(cli, list(words), **more)
    if done.exit_code:
        raise SystemExit(f"llm {words}: {done.output} {done.exception!r}")
    return done.output

run("prompt", "-m", "echo", "-s", "Be brief.", "How do SSE streams end?")
run("prompt", "-c", "And what if the proxy cuts it?\\nTwo lines.")
run("prompt", "-m", "echo", "think")
run("prompt", "-m", "echo", "Größe 日本語 🎒")
open("notes.txt", "w").write("A fragment about quokkas.")
run("prompt", "-m", "echo", "-f", "notes.txt", "Sum up")
dot = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082")
open("dot.png", "wb").write(dot)
run("prompt", "-m", "echo", "-a", "dot.png", "What is this?")
run("prompt", "-m", "echo", "-a", "-", "And this?", input=dot + b"\\0")
run("prompt", "-m", "echo", "--functions", "def upper(text: str) -> str:\\n    return text.upper()", "Shout quokka")
print(llm.user_dir())
"""
ELIA = """
import asyncio, datetime, pathlib, sys
from elia_chat.chats_manager import ChatsManager
from elia_chat.config import EliaChatModel
from elia_chat.database.database import create_database, sqlite_file_name
from elia_chat.database.import_chatgpt import import_chatgpt_data
from elia_chat.models import ChatData, ChatMessage

model = EliaChatModel(name="gpt-4o", id="elia-gpt-4o")

def said(role, words, minute):
    when = datetime.datetime(2026, 10, 12, 9, minute, tzinfo=datetime.timezone.utc)
    return ChatMessage(message={"role": role, "content": words}, timestamp=when, model=model)

async def main():
    await create_database()
    first = [said("system", "You are a helpful assistant.", 0), said("user", "How do SSE streams end?", 1)]
    chat = await ChatsManager.create_chat(
        ChatData(id=None, title=None, model=model, create_timestamp=None, messages=first))
    await ChatsManager.add_message_to_chat(chat, said("assistant", "With an **end marker**.", 2))
    await ChatsManager.add_message_to_chat(chat, said("user", "日本語 🎒", 3))
    await ChatsManager.add_message_to_chat(chat, said("assistant", "Yes.", 4))
    await ChatsManager.rename_chat(chat, "End markers")
    other = await ChatsManager.create_chat(
        ChatData(id=None, title=None, model=model, create_timestamp=None,
                 messages=[said("system", "You are a helpful assistant.", 5), said("user", "Archived, unanswered", 6)]))
    await ChatsManager.archive_chat(other)

asyncio.run(main())
asyncio.run(import_chatgpt_data(pathlib.Path(sys.argv[1])))
print()
print(sqlite_file_name.parent)
"""
CHATGPT = """[{"title": "Imported from ChatGPT", "create_time": 1700000000.0, "mapping": {
 "a": {"id": "a", "message": {"author": {"role": "user"}, "create_time": 1700000001.0, "metadata": {},
   "content": {"content_type": "text", "parts": ["Hello from ChatGPT"]}}},
 "b": {"id": "b", "message": {"author": {"role": "assistant"}, "create_time": 1700000002.0,
   "metadata": {"model_slug": "gpt-4"}, "content": {"content_type": "text", "parts": ["Hello."]}}}}}]"""
MADE = (  # the file, what is installed, the program, where it leaves its database
    ("llm.db", ("llm==0.36",), LLM, "logs.db"),
    ("llm-before-0.32.db", ("llm==0.27.1", "openai<2"), LLM, "logs.db"),
    ("elia.db", ("elia-chat==1.10.0",), ELIA, "elia.sqlite"),
)


def make(target: Path, packages: tuple[str, ...], program: str, left: str) -> None:
    """Write one database to `target`."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
        (home / "program.py").write_text(program)
        (home / "conversations.json").write_text(CHATGPT)
        environ = {
            "HOME": folder,
            "LLM_USER_PATH": folder,
            "XDG_DATA_HOME": folder,
            "PATH": "/usr/bin:/bin",
            "TZ": "UTC",
        }
        command = [str(python), "program.py", "conversations.json"]
        done = subprocess.run(command, cwd=home, env=environ, check=True, capture_output=True, text=True)
        database = Path(done.stdout.splitlines()[-1]) / left
        with closing(sqlite3.connect(database)) as opened:
            opened.executescript("PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;")
        target.write_bytes(database.read_bytes())
        print(target, target.stat().st_size, "bytes")


def main() -> None:
    """See the module."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "files"
    folder.mkdir(exist_ok=True)
    for name, packages, program, left in MADE:
        if len(sys.argv) < 3 or name in sys.argv[2:]:
            make(folder / name, packages, program, left)


if __name__ == "__main__":
    main()
