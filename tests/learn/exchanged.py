"""A REFI-QDA project made by hand, with all five types of sources, notes, links, sets and cases."""

from __future__ import annotations

import zipfile

TEXT = "Doors 🎈 that open.\r\nZoë said: “nobody had the keys” 🏴󠁧󠁢󠁷󠁬󠁳󠁿.\r\nLlŷr came anyway."
REPORT = "Page one.\fPage two: the café was full 🎉 every week."
SPOKEN = "A: Shwmae 🙂.\nB: I was afraid at first."
G = "{:08d}-0000-4000-8000-000000000000".format
KEYS = (TEXT.index("nobody"), TEXT.index("keys") + 4)
FULL = (REPORT.index("the café"), REPORT.index(" every"))

PROJECT = f"""<?xml version="1.0" encoding="utf-8"?>
<Project xmlns="urn:QDA-XML:project:1.0" name="By hand" origin="a person">
 <Users><User guid="{G(1)}" name="Añez"/><User guid="{G(2)}" name="B"/></Users>
 <CodeBook><Codes>
  <Code guid="{G(10)}" name="Trust" isCodable="false" color="#0072b2">
   <Description>All about trust &amp; its lack</Description>
   <Code guid="{G(11)}" name="Keys 🗝" isCodable="true"><NoteRef targetGUID="{G(90)}"/></Code>
   <Code guid="{G(12)}" name="Fear" isCodable="true"/>
  </Code>
 </Codes></CodeBook>
 <Variables><Variable guid="{G(20)}" name="Year" typeOfVariable="Integer"/></Variables>
 <Cases><Case guid="{G(21)}" name="Hall"><VariableValue><VariableRef targetGUID="{G(20)}"/><IntegerValue>2024</IntegerValue></VariableValue><SourceRef targetGUID="{G(30)}"/></Case></Cases>
 <Sources>
  <TextSource guid="{G(30)}" name="Diary" plainTextPath="internal://diary of Zoë.txt" creatingUser="{G(1)}" creationDateTime="2024-05-01T10:00:00Z">
   <Description>A diary&#13;
in two lines</Description>
   <PlainTextSelection guid="{G(31)}" name="keys" startPosition="{KEYS[0]}" endPosition="{KEYS[1]}" creatingUser="{G(1)}">
    <Description>No keys 🗝</Description>
    <Coding guid="{G(32)}" creatingUser="{G(1)}"><CodeRef targetGUID="{G(11)}"/><NoteRef targetGUID="{G(90)}"/></Coding>
   </PlainTextSelection>
   <Coding guid="{G(33)}" creatingUser="{G(2)}"><CodeRef targetGUID="{G(12)}"/></Coding>
   <NoteRef targetGUID="{G(91)}"/>
   <VariableValue><VariableRef targetGUID="{G(20)}"/><IntegerValue>2024</IntegerValue></VariableValue>
  </TextSource>
  <PictureSource guid="{G(40)}" name="Door" path="internal://door.png">
   <TextDescription guid="{G(41)}" name="What it shows" plainTextPath="internal://door.txt"/>
   <PictureSelection guid="{G(42)}" name="lock" firstX="3" firstY="4" secondX="30" secondY="40">
    <Coding guid="{G(43)}"><CodeRef targetGUID="{G(11)}"/></Coding>
   </PictureSelection>
  </PictureSource>
  <PDFSource guid="{G(50)}" name="Report" path="internal://report.pdf">
   <PDFSelection guid="{G(51)}" page="1" firstX="10" firstY="700" secondX="200" secondY="680">
    <Representation guid="{G(56)}"><PlainTextContent>Page two</PlainTextContent></Representation>
    <Coding guid="{G(52)}"><CodeRef targetGUID="{G(12)}"/></Coding>
   </PDFSelection>
   <Representation guid="{G(53)}" name="Report's text" plainTextPath="internal://report.txt">
    <PlainTextSelection guid="{G(54)}" startPosition="{FULL[0]}" endPosition="{FULL[1]}"><Coding guid="{G(55)}"><CodeRef targetGUID="{G(11)}"/></Coding></PlainTextSelection>
   </Representation>
  </PDFSource>
  <AudioSource guid="{G(60)}" name="Talk" path="internal://talk.mp3">
   <Transcript guid="{G(61)}" name="Talk, written" plainTextPath="internal://talk.txt">
    <SyncPoint guid="{G(62)}" position="0" timeStamp="0"/>
    <SyncPoint guid="{G(63)}" position="{len(SPOKEN)}" timeStamp="9000"/>
    <TranscriptSelection guid="{G(64)}" fromSyncPoint="{G(62)}" toSyncPoint="{G(63)}"><Coding guid="{G(65)}"><CodeRef targetGUID="{G(12)}"/></Coding></TranscriptSelection>
   </Transcript>
   <AudioSelection guid="{G(66)}" begin="1500" end="4200"><Coding guid="{G(67)}"><CodeRef targetGUID="{G(12)}"/></Coding></AudioSelection>
  </AudioSource>
  <VideoSource guid="{G(70)}" name="Walk" path="absolute:///films/walk.mp4">
   <VideoSelection guid="{G(71)}" begin="10" end="20"><Coding guid="{G(72)}"><CodeRef targetGUID="{G(11)}"/></Coding></VideoSelection>
  </VideoSource>
 </Sources>
 <Notes>
  <Note guid="{G(90)}" name="On keys" creatingUser="{G(2)}"><PlainTextContent>Ask the caretaker — “Môn”.</PlainTextContent></Note>
  <Note guid="{G(91)}" name="On the diary" plainTextPath="internal://note.txt"/>
 </Notes>
 <Links><Link guid="{G(80)}" name="answers" direction="OneWay" originGUID="{G(54)}" targetGUID="{G(31)}"/></Links>
 <Sets><Set guid="{G(85)}" name="Doors"><MemberCode targetGUID="{G(11)}"/></Set></Sets>
</Project>
"""
FILES = {
    "project.qde": PROJECT,
    "sources/diary of Zoë.txt": TEXT,
    "sources/door.png": b"\x89PNG\r\n\x1a\n",
    "sources/door.txt": "A green door.",
    "sources/report.pdf": b"%PDF-1.4 by hand",
    "sources/report.txt": "\ufeff" + REPORT,
    "sources/talk.mp3": b"ID3",
    "sources/talk.txt": SPOKEN,
    "sources/note.txt": "He wrote it at night.",
}


def write_by_hand(path, files=None):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in (files or FILES).items():
            archive.writestr(name, held if isinstance(held, bytes) else held.encode("utf-8"))
    return path
